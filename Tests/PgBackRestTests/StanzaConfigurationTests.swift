import Failures
import FoundationEssentials
@testable import PgBackRest
import Processes
import Spec
import Testing

@Suite struct StanzaConfigurationTests {
    /// Set `PGSTANZA_WRITE_GOLDEN` to write the files anew, and read the difference before committing it.
    @Test(arguments: GoldenCase.all)
    func textIsThatOfTheGoldenFile(_ golden: GoldenCase) throws {
        let text = try StanzaConfiguration.text(golden.input)
        let path = "\(goldenFolder)/\(golden.name).conf"
        if ProcessInfo.processInfo.environment["PGSTANZA_WRITE_GOLDEN"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(text == (try readFile(path)))
    }

    @Test func everyGoldenFileHasItsCase() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: goldenFolder).filter { $0.hasSuffix(".conf") }
        #expect(Set(files) == Set(GoldenCase.all.map { $0.name + ".conf" }))
    }

    /// A name that pgBackRest does not know is only a warning to it, and a typo would never come to light.
    @Test(arguments: GoldenCase.all)
    func theInstalledPgBackRestTakesEveryLine(_ golden: GoldenCase) async throws {
        let backrest = PgBackRest(configPath: "\(goldenFolder)/\(golden.name).conf", stanza: "db")
        for command in ["restore", "backup", "expire"] {
            #expect(try await backrest.checkOptions(for: command) == [])
        }
    }

    @Test func theInstalledPgBackRestComplainsOfTyposAndBadValues() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/test.conf"
            let backrest = PgBackRest(configPath: path, stanza: "db")
            let good = try StanzaConfiguration.text(sampleInput([Repository(kind: .posix, basePath: "/backups")]))
            try (good + "pg1-prot=1\n").write(toFile: path, atomically: true, encoding: .utf8)
            let warnings = try await backrest.checkOptions(for: "restore")
            #expect(warnings == ["configuration file contains invalid option 'pg1-prot'"])
            #expect(try await backrest.configurationWarnings() == warnings)

            try good.write(toFile: path, atomically: true, encoding: .utf8)
            try await backrest.checkOptions(for: "restore", ["--type=time", "--target=2025-01-01 00:00:00+00"])
            let missing = await #expect(throws: PgBackRestError.self) {
                try await backrest.checkOptions(for: "restore", ["--type=time"])
            }
            #expect(missing?.exitName == "option-required")
            let unknown = await #expect(throws: PgBackRestError.self) {
                try await backrest.checkOptions(for: "backup", ["--start-fats"])
            }
            #expect(unknown?.exitName == "option-invalid")
            #expect(unknown?.message.hasSuffix(": invalid option '--start-fats'") == true)

            let bad = good.replacing("compress-type=zst", with: "compress-type=zstd")
            try bad.write(toFile: path, atomically: true, encoding: .utf8)
            let value = await #expect(throws: PgBackRestError.self) { try await backrest.checkOptions(for: "backup") }
            #expect(value?.exitName == "option-invalid-value")
            #expect(FileManager.default.fileExists(atPath: "/var/lib/pgstanza/databases/example") == false)
        }
    }

    @Test(arguments: GoldenCase.all)
    func noKeyStandsTwice(_ golden: GoldenCase) throws {
        let keys = try StanzaConfiguration.text(golden.input).split(separator: "\n").compactMap {
            $0.contains("=") ? $0.split(separator: "=")[0] : nil
        }
        #expect(Set(keys).count == keys.count)
    }

    @Test func maskedTextHoldsNoSecretAndNeedsNone() throws {
        var repository = Repository(
            id: "s3",
            kind: .s3(
                bucket: "bucket", region: "eu-central-1", endpoint: nil, key: .environment("PGSTANZA_NOT_SET"),
                keySecret: .file("/nonexistent")),
            customOptions: ["cipher-pass": "geheim", "repo1-s3-token": "token"])
        let masked = try StanzaConfiguration.maskedText(sampleInput([repository]))
        for name in ["s3-key", "s3-key-secret", "cipher-pass", "s3-token"] {
            #expect(masked.contains("repo1-\(name)=********\n"))
        }
        #expect(masked.contains("repo1-s3-bucket=bucket\n"))
        #expect(!masked.contains("geheim") && !masked.contains("=token"))
        #expect(throws: SecretError.self) { try StanzaConfiguration.text(sampleInput([repository])) }

        repository.kind = .s3(
            bucket: "bucket", region: "eu-central-1", endpoint: nil, key: .literal("KEY"), keySecret: .literal("SECRET")
        )
        var changed = sampleInput([repository])
        changed.options = ["repo1-azure-key": "other"]
        let text = try StanzaConfiguration.text(changed)
        let expected = ["KEY", "SECRET", "geheim", "token", "other"].reduce(text) {
            $0.replacing("=\($1)\n", with: "=********\n")
        }
        #expect(try StanzaConfiguration.maskedText(changed) == expected)
    }

    /// 2.45 takes a second line as a second option: `cmd` would end up in the server's restore_command.
    @Test func noValueSmugglesInALine() throws {
        let bad = "x\ncmd=/tmp/evil.sh"
        let places: [(inout StanzaConfigurationInput) -> Void] = [
            { $0.pgdata = "/" + bad }, { $0.socketDir = "/" + bad }, { $0.superuser = bad },
            { $0.lockPath = "/" + bad },
            { $0.databaseID = bad }, { $0.node = bad }, { $0.options = ["process-max": bad] },
            { $0.options = ["x=1\ncmd": "y"] }, { $0.repositories[0].customOptions = ["cipher-pass": bad] },
            { $0.repositories[0].customOptions = [bad: "y"] }, { $0.repositories[0].basePath = "/" + bad },
            { $0.repositories[0].id = bad }, { $0.stanza = "db]\n[global" },
            {
                $0.repositories[0].kind = .s3(
                    bucket: "b", region: "r", endpoint: nil, key: .literal("k"), keySecret: .literal(bad))
            },
        ]
        for (index, change) in places.enumerated() {
            var input = sampleInput([Repository(id: "local", kind: .posix, basePath: "/backups")])
            change(&input)
            let error = #expect(throws: PgBackRestError.self, "place \(index)") { try StanzaConfiguration.text(input) }
            #expect(error?.kind == .invalidInput)
            if index == 13 { #expect(error?.message.contains("evil") == false) }
        }
    }

    @Test(arguments: ["", " x", "x ", "a\tb", "a\u{0}b", "a\rb", "a\u{7F}"])
    func valuesThatTheFormatCannotHoldAreRefused(_ value: String) throws {
        var input = sampleInput([Repository(kind: .posix, basePath: "/backups", customOptions: ["cipher-pass": value])])
        #expect(throws: PgBackRestError.self) { try StanzaConfiguration.text(input) }
        input.repositories[0].customOptions = [:]
        input.options = ["compress-level": value]
        #expect(throws: PgBackRestError.self) { try StanzaConfiguration.text(input) }
    }

    @Test(arguments: ["pgdata", "/a//b", "a/b", "\"/quoted\""])
    func pathsMustBeAbsoluteAndPlain(_ path: String) throws {
        var input = sampleInput([Repository(kind: .posix, basePath: "/backups")])
        input.pgdata = path
        let error = #expect(throws: PgBackRestError.self) { try StanzaConfiguration.text(input) }
        #expect(error?.message.contains("pg1-path") == true)
    }

    @Test func stanzaNamesAreCheckedBecausePgBackRestTakesAny() {
        for name in ["db", "n1", "A_b-9", "x"] { #expect(StanzaConfiguration.isStanzaName(name), "\(name)") }
        for name in ["", "global", "a/b", "../up", "a b", "-x", "a]b", "ä", "a=b", String(repeating: "x", count: 64)] {
            #expect(!StanzaConfiguration.isStanzaName(name), "\(name)")
        }
    }

    @Test func azureWithoutAKeyNeedsAVersionWithManagedIdentity() throws {
        let azure = Repository(kind: .azure(account: "acc", container: "con", endpoint: nil, key: nil))
        var input = sampleInput([azure])
        let error = #expect(throws: PgBackRestError.self) { try StanzaConfiguration.text(input) }
        #expect(error?.hint == "add azure_key, or install pgBackRest 2.58 or later")
        input.version = PgBackRestVersion(2, 58)
        #expect(try StanzaConfiguration.text(input).contains("repo1-azure-key-type=auto\n"))
    }

    @Test func bundlingNeedsANewRepositoryAndAVersionThatHasIt() throws {
        var input = sampleInput([Repository(kind: .posix, basePath: "/a"), Repository(kind: .posix, basePath: "/b")])
        input.bundleRepos = [2]
        let text = try StanzaConfiguration.text(input)
        #expect(text.contains("repo2-bundle=y\n") && !text.contains("repo1-bundle"))
        input.version = PgBackRestVersion(2, 38)
        #expect(try !StanzaConfiguration.text(input).contains("bundle"))
    }

    @Test(arguments: [(0, 1, 1), (1, 1, 1), (2, 2, 2), (4, 4, 4), (6, 4, 6), (16, 8, 16), (128, 32, 64)])
    func processesFollowTheCores(cores: Int, backup: Int, restore: Int) throws {
        var input = sampleInput([Repository(kind: .posix, basePath: "/backups")])
        input.cores = cores
        #expect(try StanzaConfiguration.text(input).contains("process-max=\(backup)\n"))
        input.purpose = .restore
        #expect(try StanzaConfiguration.text(input).contains("process-max=\(restore)\n"))
    }

    @Test(
        arguments: [
            ("/backups", "local", "/backups/databases/example/local/n1"), ("/", "local", "/databases/example/local/n1"),
            ("/a/b/", nil, "/a/b/databases/example/n1"), (nil, nil, "/databases/example/n1"),
            ("//a//b", "", "/a/b/databases/example/n1"),
        ] as [(String?, String?, String)])
    func theLayoutIsTheControlPlanes(base: String?, id: String?, expected: String) {
        let repository = Repository(id: id, kind: .posix, basePath: base)
        #expect(RepositoryPath.standard(repository, databaseID: "example", node: "n1") == expected)
        #expect(RepositoryPath.effective(repository, databaseID: "example", node: "n1") == expected)
    }

    @Test func aPathOfOnesOwnIsInForce() {
        for key in ["path", "repo1-path", "repo7-path"] {
            let repository = Repository(kind: .posix, basePath: "/backups", customOptions: [key: "/old"])
            #expect(RepositoryPath.effective(repository, databaseID: "example", node: "n1") == "/old")
        }
    }
}

@Suite struct GCSKeyFileTests {
    private let json = "{\"type\": \"service_account\", \"private_key\": \"-----BEGIN\\n\"}"

    private func repository(_ key: Secret?) -> Repository {
        Repository(kind: .gcs(bucket: "bucket", endpoint: nil, key: key))
    }

    @Test func aKeyInBase64AndAFileOfJSONGiveTheSameText() async throws {
        let packed = Data(json.utf8).base64EncodedString()
        let wrapped = packed.prefix(20) + "\n" + packed.dropFirst(20) + "\n"
        try await withTemporaryDirectory { directory in
            try json.write(toFile: directory + "/key.json", atomically: true, encoding: .utf8)
            let files = try GCSKeyFile.needed(for: [
                Repository(kind: .posix, basePath: "/b"), repository(.literal(packed)), repository(nil),
                repository(.file(directory + "/key.json")), repository(.literal(String(wrapped))),
            ])
            #expect(files.map(\.repoKey) == [2, 4, 5])
            #expect(files.map(\.text) == [json, json, json])
        }
    }

    @Test(arguments: ["not base64!", "bm90IGpzb24=", "WzFd", "/w=="])
    func whatIsNoKeyIsRefusedWithoutShowingIt(_ value: String) throws {
        let error = #expect(throws: PgBackRestError.self) {
            try GCSKeyFile.needed(for: [repository(.literal(value))])
        }
        #expect(error?.message == "gcs_key of repository 1 is not the key of a service account")
        #expect(error?.kind == .invalidInput)
    }

    @Test func theFileLiesBesideTheConfiguration() {
        #expect(
            GCSKeyFile.path(beside: "/h/pgbackrest.backup.conf", repoKey: 2)
                == "/h/pgbackrest.backup.repo2-gcs-key.json")
        #expect("\(GCSKeyFile(repoKey: 1, text: "secret"))" == "key file of repository 1")
    }
}
