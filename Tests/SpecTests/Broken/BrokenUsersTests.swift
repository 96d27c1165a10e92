import Spec
import Testing

@Suite("Broken: users")
struct BrokenUsersTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""username": "app""#, #""username": ‸"boss""#,
            path: "spec.database_users[1].username",
            #""boss" stands twice among the users"#,
            hint: "it is also in line 13"),
        Broken(
            #"{"username": "app", "#, "‸{",
            path: "spec.database_users[1].username",
            #""username" is missing"#,
            hint: "add it: the name of the user"),
        Broken(
            #""username": "app""#, #""username": ‸"""#,
            path: "spec.database_users[1].username",
            #""" is not a user name"#,
            hint: "1 to 63 bytes without control characters"),
        Broken(
            #""username": "app""#, #""username": ‸"pg_app""#,
            path: "spec.database_users[1].username",
            #"user name "pg_app" is not accepted: Postgres keeps it to itself"#,
            hint: "choose a name that does not start with pg_"),
        Broken(
            #""username": "app""#, #""username": ‸"pgstanza""#,
            path: "spec.database_users[1].username",
            #"user name "pgstanza" is not accepted: pgstanza makes that role for replication"#,
            hint: "choose another name"),
        Broken(
            #""username": "app""#, #""username": ‸"éééééééééééééééééééééééééééééééé""#,
            path: "spec.database_users[1].username",
            #""éééééééééééééééééééééééééééééééé" is not a user name"#,
            hint: "1 to 63 bytes without control characters"),
        Broken(
            #""username": "app""#, #""username": "app", "db_owner": ‸true"#,
            path: "spec.database_users[1].db_owner",
            "only one user can own the database",
            hint: "keep db_owner with one of them"),
        Broken(
            #""db_owner": true"#, #""db_owner": ‸"true""#,
            path: "spec.database_users[0].db_owner",
            #"expected true or false, found a string ("true")"#,
            hint: "write it without quotes: true"),
        Broken(
            #""geheim-1""#, "‸17",
            path: "spec.database_users[0].password",
            #"expected a string, {"file": "/path"} or {"env": "NAME"}, found a number"#,
            hint: "write it in quotes"),
        Broken(
            #""geheim-1""#, #"‸"""#,
            path: "spec.database_users[0].password",
            "the password is empty",
            hint: "leave the key out to set none"),
        Broken(
            #""geheim-1""#, #"‸"geheim\n""#,
            path: "spec.database_users[0].password",
            "the password holds a line break",
            hint: "a password is one line"),
        Broken(
            #"{"env": "APP_PASSWORD"}"#, #"{"env": ‸"APP-PASSWORD"}"#,
            path: "spec.database_users[1].password.env",
            #""APP-PASSWORD" is not the name of an environment variable"#,
            hint: "letters, digits and _, not starting with a digit"),
        Broken(
            #"{"env": "APP_PASSWORD"}"#, #"‸{"env": "A", "file": "/b"}"#,
            path: "spec.database_users[1].password",
            "expected one place where the secret is kept, found 2",
            hint: #"use either {"file": "/path"} or {"env": "NAME"}"#),
        Broken(
            #"{"env": "APP_PASSWORD"}"#, "‸{}",
            path: "spec.database_users[1].password",
            "expected one place where the secret is kept, found none",
            hint: #"use either {"file": "/path"} or {"env": "NAME"}"#),
        Broken(
            #"{"env": "APP_PASSWORD"}"#, #"{‸"evn": "A"}"#,
            path: "spec.database_users[1].password.evn",
            #"unknown key "evn""#,
            hint: #"did you mean "env"?"#),
        Broken(
            #"{"env": "APP_PASSWORD"}"#, #"{"file": ‸"geheim"}"#,
            path: "spec.database_users[1].password.file",
            #"the path "geheim" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #"["SUPERUSER", "LOGIN"]"#, #"["SUPERUSER", ‸"LOGN"]"#,
            path: "spec.database_users[0].attributes[1]",
            #"unknown role attribute "LOGN""#,
            hint: "did you mean LOGIN?"),
        Broken(
            #"["SUPERUSER", "LOGIN"]"#, #"["SUPERUSER", ‸"LOGIN; DROP TABLE x"]"#,
            path: "spec.database_users[0].attributes[1]",
            #"unknown role attribute "LOGIN; DROP TABLE x""#,
            hint:
                "use one of SUPERUSER, NOSUPERUSER, CREATEDB, NOCREATEDB, CREATEROLE, NOCREATEROLE, INHERIT, NOINHERIT, LOGIN, NOLOGIN, REPLICATION, NOREPLICATION, BYPASSRLS, NOBYPASSRLS"
        ),
        Broken(
            #"["SUPERUSER", "LOGIN"]"#, #"["LOGIN", ‸"NOLOGIN"]"#,
            path: "spec.database_users[0].attributes[1]",
            "NOLOGIN and LOGIN cannot stand together",
            hint: "keep one of them"),
        Broken(
            #""roles": ["readers"]"#, #""roles": ‸"readers""#,
            path: "spec.database_users[1].roles",
            #"expected an array of roles, found a string ("readers")"#,
            hint: #"put it in brackets: ["readers"]"#),
        Broken(
            #""roles": ["readers"]"#,
            #""roles": ‸["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "r16"]"#,
            path: "spec.database_users[1].roles",
            "expected at most 16 roles, found 17",
            hint: nil),
        Broken(
            #""attributes": ["LOGIN"]"#, #"‸"atributes": ["LOGIN"]"#,
            path: "spec.database_users[1].atributes",
            #"unknown key "atributes""#,
            hint: #"did you mean "attributes"?"#),
        Broken(
            #""database_users": ["#,
            #""database_users": ‸[{"username": "u0"}, {"username": "u1"}, {"username": "u2"}, {"username": "u3"}, {"username": "u4"}, {"username": "u5"}, {"username": "u6"}, {"username": "u7"}, {"username": "u8"}, {"username": "u9"}, {"username": "u10"}, {"username": "u11"}, {"username": "u12"}, {"username": "u13"}, {"username": "u14"}, "#,
            path: "spec.database_users",
            "expected at most 16 users, found 17",
            hint: nil),
    ]
}
