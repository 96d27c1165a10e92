import Commands

PgstanzaMain.run()
