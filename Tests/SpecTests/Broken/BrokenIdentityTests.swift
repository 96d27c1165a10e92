import Spec
import Testing

@Suite("Broken: the database itself")
struct BrokenIdentityTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""id": "orders""#, #""id": ‸"Orders""#,
            path: "id",
            #""Orders" is not a database id"#,
            hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit"),
        Broken(
            #""id": "orders""#, #""id": ‸"orders-""#,
            path: "id",
            #""orders-" is not a database id"#,
            hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit"),
        Broken(
            #""id": "orders""#, #""id": ‸"a23456789-123456789-123456789-1234567""#,
            path: "id",
            #""a23456789-123456789-123456789-1234567" is not a database id"#,
            hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit"),
        Broken(
            #""id": "orders""#, #""id": ‸"""#,
            path: "id",
            #""" is not a database id"#,
            hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit"),
        Broken(
            #""id": "orders""#, #""id": ‸17"#,
            path: "id",
            "expected a database id, found a number (17)",
            hint: #"write it in quotes: "17""#),
        Broken(
            #""database_name": "orders_db","#, #""database_name": "orders_db", "id": ‸"order","#,
            path: "spec.id",
            #"the id "order" is not the one beside the spec, "orders""#,
            hint: "keep one of them"),
        Broken(
            "\"spec\": {\n    \"database_name\": \"orders_db\",", #""spec": ‸{"#,
            path: "spec.database_name",
            #""database_name" is missing"#,
            hint: "add it: the name of the Postgres database"),
        Broken(
            #""database_name": "orders_db""#, #"‸"databse_name": "orders_db""#,
            path: "spec.databse_name",
            #"unknown key "databse_name""#,
            hint: #"did you mean "database_name"?"#),
        Broken(
            "\"orders_db\",\n", "‸\"\",\n",
            path: "spec.database_name",
            #""" is not a database name"#,
            hint: "1 to 31 characters, at most 63 bytes in UTF-8"),
        Broken(
            "\"orders_db\",\n", "‸\"a123456789012345678901234567890x\",\n",
            path: "spec.database_name",
            #""a123456789012345678901234567890x" is not a database name"#,
            hint: "1 to 31 characters, at most 63 bytes in UTF-8"),
        Broken(
            "\"orders_db\",\n", "‸\"€€€€€€€€€€€€€€€€€€€€€€\",\n",
            path: "spec.database_name",
            #""€€€€€€€€€€€€€€€€€€€€€€" is not a database name"#,
            hint: "1 to 31 characters, at most 63 bytes in UTF-8"),
        Broken(
            "\"orders_db\",\n", "‸\"a\\u0007b\",\n",
            path: "spec.database_name",
            #""a\u0007b" holds a control character (U+0007)"#,
            hint: "take it out"),
        Broken(
            "\"orders_db\",\n", "‸null,\n",
            path: "spec.database_name",
            "expected a database name, found null",
            hint: "null is no value: give one, or leave the key out"),
        Broken(
            #""15.6""#, "‸15.6",
            path: "spec.postgres_version",
            "expected a Postgres version, found a number (15.6)",
            hint: #"write it in quotes: "15.6""#),
        Broken(
            #""15.6""#, #"‸"15""#,
            path: "spec.postgres_version",
            #""15" is not a Postgres version"#,
            hint: #"major and minor, as in "15.6""#),
        Broken(
            #""15.6""#, #"‸"9.6.1""#,
            path: "spec.postgres_version",
            #""9.6.1" is not a Postgres version"#,
            hint: #"major and minor, as in "15.6""#),
        Broken(
            #""15.6""#, #"‸"15.x""#,
            path: "spec.postgres_version",
            #""15.x" is not a Postgres version"#,
            hint: #"major and minor, as in "15.6""#),
        Broken(
            #""port": 5432"#, #""port": ‸65536"#,
            path: "spec.port",
            "65536 is not a port",
            hint: "a port is 0 to 65535; 0 takes a free one and keeps it"),
        Broken(
            #""port": 5432"#, #""port": ‸-1"#,
            path: "spec.port",
            "-1 is not a port",
            hint: "a port is 0 to 65535; 0 takes a free one and keeps it"),
        Broken(
            #""port": 5432"#, #""port": ‸5432.5"#,
            path: "spec.port",
            "5432.5 is not a port",
            hint: "a port is 0 to 65535; 0 takes a free one and keeps it"),
        Broken(
            #""port": 5432"#, #""port": ‸"5432""#,
            path: "spec.port",
            #"expected a port, found a string ("5432")"#,
            hint: "write it without quotes: 5432"),
        Broken(
            #""port": 5432"#, #""port": 5432, ‸"colour": "red""#,
            path: "spec.colour",
            #"unknown key "colour""#,
            hint:
                "known here: id, database_name, nodes, postgres_version, port, postgresql_conf, pg_hba_conf, pg_ident_conf, backup_config, restore_config, orchestrator_opts, patroni_port, cpus, memory, database_users, scripts, spock_version, services"
        ),
        Broken(
            #""spec": {"#, #"‸"specs": {}, "spec": {"#,
            path: "specs",
            #"unknown key "specs""#,
            hint: "known here: id, tenant_id, spec"),
    ]
}
