import Spec
import Testing

@Suite("Broken: repositories")
struct BrokenRepositoriesTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""type": "posix", "base_path": "/backups""#, #""type": ‸"s4", "base_path": "/backups""#,
            path: "spec.backup_config.repositories[0].type",
            #"unknown repository type "s4""#,
            hint: "use one of s3, gcs, azure, posix, cifs"),
        Broken(
            #""type": "posix", "base_path": "/backups""#, #""type": ‸5, "base_path": "/backups""#,
            path: "spec.backup_config.repositories[0].type",
            "expected a repository type, found a number (5)",
            hint: "use one of s3, gcs, azure, posix, cifs"),
        Broken(
            "{\n          \"id\": \"near\", \"type\": \"posix\", ", #"‸{ "id": "near", "#,
            path: "spec.backup_config.repositories[0].type",
            #""type" is missing"#,
            hint: "add it: what the repository is stored in, one of s3, gcs, azure, posix, cifs"),
        Broken(
            #"{"id": "share", "type": "cifs", "base_path": "/mnt/share"}"#, #"‸{"id": "share", "type": "cifs"}"#,
            path: "spec.backup_config.repositories[4].base_path",
            #""base_path" is missing, which type cifs needs"#,
            hint: "add it: the directory of the repository, an absolute path"),
        Broken(
            #""base_path": "/backups""#, #""base_path": ‸"backups""#,
            path: "spec.backup_config.repositories[0].base_path",
            #"the path "backups" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #""base_path": "/backups""#, #""base_path": ‸"/backups/../etc""#,
            path: "spec.backup_config.repositories[0].base_path",
            #"the path "/backups/../etc" holds a . or .. part"#,
            hint: "write the path out, so that it names one place only"),
        Broken(
            #""base_path": "/backups""#, #""base_path": ‸"/backups//x""#,
            path: "spec.backup_config.repositories[0].base_path",
            #"the path "/backups//x" holds //"#,
            hint: "pgBackRest refuses that; write a single /"),
        Broken(
            #""base_path": "/backups""#, #""base_path": ‸"/backups\ncmd=/evil""#,
            path: "spec.backup_config.repositories[0].base_path",
            #"the path "/backups\ncmd=/evil" holds a line break"#,
            hint: "configuration files cannot hold that"),
        Broken(
            #""base_path": "/backups""#, #""base_path": ‸"/backups ""#,
            path: "spec.backup_config.repositories[0].base_path",
            #"the path "/backups " ends with white space"#,
            hint: "configuration files cannot hold that"),
        Broken(
            #""base_path": "/backups""#,
            #""base_path": ‸"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx""#,
            path: "spec.backup_config.repositories[0].base_path",
            #"the path "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" has 257 bytes"#,
            hint: "at most 256 fit"),
        Broken(
            #""base_path": "/backups""#, #""base_path": "/backups", ‸"s3_bucket": "abc""#,
            path: "spec.backup_config.repositories[0].s3_bucket",
            #""s3_bucket" does not go with type posix"#,
            hint: "take it out, or use type s3"),
        Broken(
            #""s3_bucket": "orders-backups", "#, #""s3_bucket": ‸"ab", "#,
            path: "spec.backup_config.repositories[1].s3_bucket",
            #""ab" is not an S3 bucket name"#,
            hint: "3 to 63 of letters, digits, '.', '_' and '-'"),
        Broken(
            #""s3_bucket": "orders-backups", "#,
            #""s3_bucket": ‸"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "#,
            path: "spec.backup_config.repositories[1].s3_bucket",
            #""bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…" is not an S3 bucket name"#,
            hint: "3 to 63 of letters, digits, '.', '_' and '-'"),
        Broken(
            #""s3_bucket": "orders-backups", "#, #""s3_bucket": ‸"a/b", "#,
            path: "spec.backup_config.repositories[1].s3_bucket",
            #""a/b" is not an S3 bucket name"#,
            hint: "3 to 63 of letters, digits, '.', '_' and '-'"),
        Broken(
            "{\n          \"id\": \"cloud\", \"type\": \"s3\", \"s3_bucket\": \"orders-backups\", ",
            #"‸{ "id": "cloud", "type": "s3", "#,
            path: "spec.backup_config.repositories[1].s3_bucket",
            #""s3_bucket" is missing, which type s3 needs"#,
            hint: "add it: the name of the S3 bucket"),
        Broken(
            #""eu-central-1""#, #"‸"eu central""#,
            path: "spec.backup_config.repositories[1].s3_region",
            #""eu central" is not a region"#,
            hint: "as in us-east-1"),
        Broken(
            #""s3.example.com:9000""#, #"‸"http://s3.example.com""#,
            path: "spec.backup_config.repositories[1].s3_endpoint",
            "pgBackRest reaches object stores over TLS only",
            hint: "write the host name alone, without http://"),
        Broken(
            #""s3.example.com:9000""#, #"‸"s3.example.com/x""#,
            path: "spec.backup_config.repositories[1].s3_endpoint",
            #""s3.example.com/x" is not an endpoint"#,
            hint: "a host name, with a port where it is not 443: s3.example.com:9000"),
        Broken(
            #""s3_key": "geheim-2", "s3_key_secret""#, #"‸"s3_key_secret""#,
            path: "spec.backup_config.repositories[1].s3_key_secret",
            #""s3_key_secret" needs "s3_key""#,
            hint: "add it, or take both out to use the host's own role"),
        Broken(
            #""s3_key": "geheim-2", "s3_key_secret": {"file": "/etc/s3"}"#, #"‸"s3_key": "geheim-2""#,
            path: "spec.backup_config.repositories[1].s3_key",
            #""s3_key" needs "s3_key_secret""#,
            hint: "add it, or take both out to use the host's own role"),
        Broken(
            #""geheim-2""#, #"‸" geheim""#,
            path: "spec.backup_config.repositories[1].s3_key",
            "the key starts with white space",
            hint: "configuration files cannot hold that"),
        Broken(
            #"{"file": "/etc/s3"}"#, #"{"file": ‸"s3"}"#,
            path: "spec.backup_config.repositories[1].s3_key_secret.file",
            #"the path "s3" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #""gcs_bucket": "orders-gcs", "#, #""gcs_bucket": ‸"o", "#,
            path: "spec.backup_config.repositories[2].gcs_bucket",
            #""o" is not a GCS bucket name"#,
            hint: "3 to 63 of letters, digits, '.', '_' and '-'"),
        Broken(
            #""Z2VoZWltLTM=""#, #"‸"geheim 5""#,
            path: "spec.backup_config.repositories[2].gcs_key",
            "the key is not base64",
            hint: #"encode the service account's JSON with base64 -w0, or name its file: {"file": "/path/key.json"}"#),
        Broken(
            #""ordersacct""#, #"‸"ab""#,
            path: "spec.backup_config.repositories[3].azure_account",
            #""ab" is not an Azure account"#,
            hint: "3 to 24 of letters, digits, '.', '_' and '-'"),
        Broken(
            #""ordersacct""#, #"‸"a123456789012345678901234""#,
            path: "spec.backup_config.repositories[3].azure_account",
            #""a123456789012345678901234" is not an Azure account"#,
            hint: "3 to 24 of letters, digits, '.', '_' and '-'"),
        Broken(
            #""orders-cont""#, #"‸"c""#,
            path: "spec.backup_config.repositories[3].azure_container",
            #""c" is not an Azure container"#,
            hint: "3 to 63 of letters, digits, '.', '_' and '-'"),
        Broken(
            #""retention_full": 14"#, #""retention_full": ‸0"#,
            path: "spec.backup_config.repositories[0].retention_full",
            "0 is not a number of days or backups to keep",
            hint: "1 to 9999999"),
        Broken(
            #""retention_full": 14"#, #""retention_full": ‸10000000"#,
            path: "spec.backup_config.repositories[0].retention_full",
            "10000000 is not a number of days or backups to keep",
            hint: "1 to 9999999"),
        Broken(
            #""retention_full_type": "count""#, #""retention_full_type": ‸"days""#,
            path: "spec.backup_config.repositories[0].retention_full_type",
            #"unknown retention type "days""#,
            hint: "use one of time, count"),
        Broken(
            #""id": "share""#, #""id": ‸"near""#,
            path: "spec.backup_config.repositories[4].id",
            #""near" stands twice among the repository ids"#,
            hint: "it is also in line 35"),
        Broken(
            #""id": "share""#, #""id": ‸"a/b""#,
            path: "spec.backup_config.repositories[4].id",
            #""a/b" is not a repository id"#,
            hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit"),
        Broken(
            #"{"id": "share", "type": "cifs", "base_path": "/mnt/share"}"#,
            #"{"type": "cifs", "base_path": "/mnt/x"}, ‸{"type": "posix", "base_path": "/mnt/x/"}"#,
            path: "spec.backup_config.repositories[5]",
            "this is the same place as repositories[4]: this host, /mnt/x, without an id",
            hint: "give them different ids, or a different base_path"),
        Broken(
            #""bundle": true"#, #"‸"Bundle": true"#,
            path: "spec.backup_config.repositories[0].custom_options.Bundle",
            #""Bundle" is not the name of an option"#,
            hint: "letters a-z, digits and -, starting with a letter"),
        Broken(
            #""bundle": true"#, #"‸"--bundle": true"#,
            path: "spec.backup_config.repositories[0].custom_options.--bundle",
            #""--bundle" is not the name of an option"#,
            hint: #"write it without dashes in front: "bundle""#),
        Broken(
            #""bundle": true"#, #"‸"no-bundle": true"#,
            path: "spec.backup_config.repositories[0].custom_options.no-bundle",
            #""no-bundle" is not the name of an option"#,
            hint: #"write "bundle" with the value "n""#),
        Broken(
            #""bundle": true"#, #"‸"cmd": "/evil""#,
            path: "spec.backup_config.repositories[0].custom_options.cmd",
            #"option "cmd" is pgstanza's own"#,
            hint: "the server runs it as a part of restore_command"),
        Broken(
            #""bundle": true"#, #"‸"repo1-host": "elsewhere""#,
            path: "spec.backup_config.repositories[0].custom_options.repo1-host",
            #"option "repo1-host" is not accepted: a repository is reached from the node's own host"#,
            hint: "use an object store, or mount the other host's directory"),
        Broken(
            #""bundle": true"#, #"‸"pg1-path": "/x""#,
            path: "spec.backup_config.repositories[0].custom_options.pg1-path",
            #"option "pg1-path" is pgstanza's own"#,
            hint: "where the server is and how to reach it comes from the node"),
        Broken(
            #""bundle": true"#, #"‸"type": "s3""#,
            path: "spec.backup_config.repositories[0].custom_options.type",
            #"option "type" has a key of its own"#,
            hint: "use the repository's type"),
        Broken(
            #""bundle": true"#, #""bundle": ‸"y\ncmd=/evil""#,
            path: "spec.backup_config.repositories[0].custom_options.bundle",
            "the value holds a line break",
            hint: "pgBackRest's configuration files hold one line of text per option"),
        Broken(
            #""bundle": true"#, #""bundle": ‸"""#,
            path: "spec.backup_config.repositories[0].custom_options.bundle",
            "the value is empty",
            hint: "pgBackRest's configuration files hold one line of text per option"),
        Broken(
            #""bundle": true"#, #""bundle": ‸{"file": "/x"}"#,
            path: "spec.backup_config.repositories[0].custom_options.bundle",
            "expected a string, a number, true or false, found an object",
            hint: nil),
        Broken(
            #""bundle": true, "repo1-bundle-limit""#, #""bundle-limit": "1MiB", ‸"repo1-bundle-limit""#,
            path: "spec.backup_config.repositories[0].custom_options.repo1-bundle-limit",
            #""repo1-bundle-limit" is the same option as "bundle-limit""#,
            hint: "keep one of them"),
        Broken(
            #"{"bundle": true, "repo1-bundle-limit": "4MiB"}"#, #"{"repo1-path": ‸"/all"}"#,
            path: "spec.backup_config.repositories[0].custom_options.repo1-path",
            "nodes n1 and n2 would write into one repository: this host, /all, without an id",
            hint: "give each node a backup_config with a path of its own, or leave the path to pgstanza"),
        Broken(
            #""bundle": true"#, #""path": ‸"../x""#,
            path: "spec.backup_config.repositories[0].custom_options.path",
            #"the path "../x" is not absolute"#,
            hint: "start it with /"),
        Broken(
            "\"repositories\": [\n", "‸\"repositores\": [\n",
            path: "spec.backup_config.repositores",
            #"unknown key "repositores""#,
            hint: #"did you mean "repositories"?"#),
    ]
}
