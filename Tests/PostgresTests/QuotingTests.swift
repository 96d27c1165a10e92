import Testing

@testable import Postgres

@Suite struct QuotingTests {
    @Test func sqlNamesAndValuesCannotBreakOut() {
        #expect(SQL.identifier("plain") == "\"plain\"")
        #expect(SQL.identifier("a\"; DROP TABLE t; --") == "\"a\"\"; DROP TABLE t; --\"")
        #expect(SQL.identifier("s.x", "t") == "\"s.x\".\"t\"")
        #expect(SQL.literal("it's") == "'it''s'")
        #expect(SQL.literal("a\\'b") == "E'a\\\\''b'")
        #expect(SQL.literal("") == "''")
    }

    @Test(arguments: ["plain", "", "two words", "it's", "back\\slash", "a=b", "\t", "'", "\\", "ü 'x' \\'"])
    func connectionStringsAreReadBack(_ value: String) throws {
        let text = ConnectionString.text([("host", "/run"), ("application_name", value), ("port", "1")])
        let pairs = try #require(ConnectionString.parse(text))
        #expect(pairs == ["host": "/run", "application_name": value, "port": "1"])
    }

    @Test func connectionStringsOfOthersAreRead() {
        #expect(
            ConnectionString.parse(" host = 10.0.0.1\n port='5432'  dbname='my db' ")
                == ["host": "10.0.0.1", "port": "5432", "dbname": "my db"])
        #expect(ConnectionString.parse("host=a host=b") == ["host": "b"])
        #expect(ConnectionString.parse("") == [:])
        #expect(ConnectionString.parse("host") == nil)
        #expect(ConnectionString.parse("host='open") == nil)
        #expect(ConnectionString.parse("=x") == nil)
    }

    @Test func parametersNeverCarryAPassword() {
        let parameters = ConnectionParameters(
            host: "h", port: 5, user: "u", database: "d", passfile: "/p",
            settings: ["search_path": "\"$user\", public", "lock_timeout": "5"],
            options: ["password": "x", "sslmode": "require"])
        let pairs = Dictionary(uniqueKeysWithValues: parameters.keywords)
        #expect(pairs["password"] == nil)
        #expect(pairs["passfile"] == "/p")
        #expect(pairs["sslmode"] == "require")
        #expect(pairs["application_name"] == "pgstanza")
        #expect(pairs["options"]?.contains("-c search_path=\"$user\",\\ public") == true)
        #expect(pairs["options"]?.contains("-c lock_timeout=5") == true)
        #expect(pairs["options"]?.contains("-c DateStyle=ISO,\\ YMD") == true)
        var physical = parameters
        physical.replication = "true"
        #expect(!physical.keywords.contains { $0.0 == "options" })
        #expect(parameters.place == "h:5")
    }

    @Test func refusalsAreTakenApart() {
        let hba = LoginRefusal(
            """
            connection to server at "127.0.0.1", port 5 failed: FATAL:  28000: pg_hba.conf rejects connection for host
            LOCATION:  ClientAuthentication, auth.c:474

            """)
        #expect(hba.sqlState == "28000")
        #expect(hba.function == "ClientAuthentication")
        #expect(
            hba.message
                == "connection to server at \"127.0.0.1\", port 5 failed: FATAL:  pg_hba.conf rejects connection for host"
        )
        let german = LoginRefusal("Verbindung fehlgeschlagen: FATAL:  28P01: Passwort-Authentifizierung\nDETAIL:  x")
        #expect(german.sqlState == "28P01")
        let down = LoginRefusal(
            "connection to server on socket \"/run/.s.PGSQL.5\" failed: No such file or directory\n\tIs the server running?\n"
        )
        #expect(down.sqlState == nil)
        #expect(down.hint == "Is the server running?")
        #expect(down.message.hasSuffix("failed: No such file or directory"))
        let starting = LoginRefusal("x: FATAL:  57P03: the database system is starting up")
        #expect(starting.sqlState == "57P03")
        #expect(LoginRefusal("").message == "no reason given")
        #expect(LoginRefusal("FATAL:  abcde: lower case is no state").sqlState == nil)
    }

    @Test func errorClassesFollowTheState() {
        #expect(PostgresError.kind(ofSQLState: "28000") == .notPermitted)
        #expect(PostgresError.kind(ofSQLState: "42501") == .notPermitted)
        #expect(PostgresError.kind(ofSQLState: "57P01") == .unavailable)
        #expect(PostgresError.kind(ofSQLState: "53300") == .unavailable)
        #expect(PostgresError.kind(ofSQLState: "42P01") == .operation)
    }

    @Test func serverOptionsPassAShellUnharmed() throws {
        #expect(
            try ServerOptions.text(["port": "1", "cluster_name": "a'b $(id) `x`"])
                == "-c 'cluster_name=a'\\''b $(id) `x`' -c port=1")
        #expect(try ServerOptions.text([:]) == "")
        #expect(throws: PostgresError.self) { try ServerOptions.text(["port; id": "1"]) }
        #expect(throws: PostgresError.self) { try ServerOptions.text(["": "1"]) }
        #expect(throws: PostgresError.self) { try ServerOptions.text(["port": "1\nx"]) }
        for path in ["/a\"b", "/a$(id)", "/a`id`", "/a\\b", "/a\nb"] {
            #expect(throws: PostgresError.self) { try ServerOptions.requirePlain(path) }
        }
        try ServerOptions.requirePlain("/srv/my data (1)/it's")
    }
}
