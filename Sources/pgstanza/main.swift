import Commands

await PgstanzaMain.run()
