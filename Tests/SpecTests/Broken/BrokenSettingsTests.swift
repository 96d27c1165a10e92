import Spec
import Testing

@Suite("Broken: settings, lines and scripts")
struct BrokenSettingsTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #"{"max_connections": 200, "jit": false, "work_mem": "64MB"}"#, #"‸["x"]"#,
            path: "spec.postgresql_conf",
            "expected an object, found an array",
            hint: nil),
        Broken(
            #""jit": false"#, #"‸"j it": false"#,
            path: #"spec.postgresql_conf["j it"]"#,
            #""j it" is not the name of a setting"#,
            hint: "letters, digits and _, with a dot after the prefix of an extension"),
        Broken(
            #""jit": false"#, #""jit": ‸null"#,
            path: "spec.postgresql_conf.jit",
            "expected a string, a number, true or false, found null",
            hint: "null is no value: give one, or leave the key out"),
        Broken(
            #""jit": false"#, #""jit": ‸[1]"#,
            path: "spec.postgresql_conf.jit",
            "expected a string, a number, true or false, found an array",
            hint: nil),
        Broken(
            #""64MB""#, #"‸"64MB\nport = 1""#,
            path: "spec.postgresql_conf.work_mem",
            "the value holds a line break",
            hint: "a setting is one line"),
        Broken(
            #""jit": false"#, #"‸"archive_command": "true""#,
            path: "spec.postgresql_conf.archive_command",
            "the setting archive_command is not accepted here",
            hint: "pgstanza archives with pgBackRest; say where in backup_config"),
        Broken(
            #""jit": false"#, #"‸"Data_Directory": "/x""#,
            path: "spec.postgresql_conf.Data_Directory",
            "the setting Data_Directory is not accepted here",
            hint: "use orchestrator_opts.local.pgdata"),
        Broken(
            #""jit": false"#, #"‸"recovery_target_time": "now""#,
            path: "spec.postgresql_conf.recovery_target_time",
            "the setting recovery_target_time is not accepted here",
            hint: "say what to recover to in restore_config.restore_options"),
        Broken(
            #""jit": false"#, #"‸"hba_file": "/x""#,
            path: "spec.postgresql_conf.hba_file",
            "the setting hba_file is not accepted here",
            hint: "lines for pg_hba.conf go into pg_hba_conf"),
        Broken(
            #""jit": false, "work_mem""#, #""WORK_MEM": "1MB", ‸"work_mem""#,
            path: "spec.postgresql_conf.work_mem",
            "work_mem is the same setting as WORK_MEM",
            hint: "keep one of them"),
        Broken(
            #"{"max_wal_senders": 20}"#, #"{‸"max wal": 20}"#,
            path: #"spec.nodes[1].postgresql_conf["max wal"]"#,
            #""max wal" is not the name of a setting"#,
            hint: "letters, digits and _, with a dot after the prefix of an extension"),
        Broken(
            #""hostssl orders_db app 10.0.0.0/8 scram-sha-256""#, #"‸"hostssl orders_db app""#,
            path: "spec.pg_hba_conf[0]",
            #""hostssl orders_db app" is not a line of pg_hba.conf"#,
            hint:
                #"as in "host all all 10.0.0.0/8 scram-sha-256": type, database, user, address (not for local), method"#
        ),
        Broken(
            #""hostssl orders_db app 10.0.0.0/8 scram-sha-256""#, #""local all all peer", ‸"hots all all all trust""#,
            path: "spec.pg_hba_conf[1]",
            #""hots all all all trust" is not a line of pg_hba.conf"#,
            hint:
                #"as in "host all all 10.0.0.0/8 scram-sha-256": type, database, user, address (not for local), method"#
        ),
        Broken(
            #""hostssl orders_db app 10.0.0.0/8 scram-sha-256""#, #"‸"local all all peer\nlocal all all trust""#,
            path: "spec.pg_hba_conf[0]",
            #""local all all peer\nlocal all all trust" holds a line break"#,
            hint: "one line per element"),
        Broken(
            #"["hostssl orders_db app 10.0.0.0/8 scram-sha-256"]"#, #"‸"local all all peer""#,
            path: "spec.pg_hba_conf",
            #"expected an array of lines, found a string ("local all all peer")"#,
            hint: #"put it in brackets: ["local all all peer"]"#),
        Broken(
            #""people alice app""#, #"‸"people alice""#,
            path: "spec.pg_ident_conf[0]",
            #""people alice" is not a line of pg_ident.conf"#,
            hint: #"as in "ssl_users alice app_user": map, system user, database user"#),
        Broken(
            #""people alice app""#, "‸7",
            path: "spec.pg_ident_conf[0]",
            "expected a line of pg_ident.conf, found a number (7)",
            hint: #"write it in quotes: "7""#),
        Broken(
            #""CREATE ROLE readers NOLOGIN""#, #"‸"  ""#,
            path: "spec.scripts.post_init[0]",
            #""  " is not an SQL statement"#,
            hint: "one statement per element"),
        Broken(
            #""post_database_create""#, #"‸"post_db_create""#,
            path: "spec.scripts.post_db_create",
            #"unknown key "post_db_create""#,
            hint: "known here: post_init, post_database_create"),
    ]
}
