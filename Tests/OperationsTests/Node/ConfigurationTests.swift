import Testing

@testable import Operations

@Suite struct ConfigurationIncludesTests {
    @Test func directivesInEveryForm() {
        let text = """
            # include 'no.conf'
            include 'a b.conf'  # comment
              include_if_exists = "c.conf"
            INCLUDE_DIR = 'conf.d'
            includes = 'no'
            include_dir relative/dir # x
            """
        #expect(
            ConfigurationIncludes.directives(in: text) == [
                .file("a b.conf"), .file("c.conf"), .directory("conf.d"), .directory("relative/dir"),
            ])
    }

    @Test func filesAreFollowedAndCountOnce() {
        let files = [
            "/p/postgresql.conf": "include 'one.conf'\ninclude '/etc/two.conf'\ninclude 'gone.conf'",
            "/p/one.conf": "include '/etc/two.conf'", "/etc/two.conf": "include 'three.conf'",
            "/etc/three.conf": "include '/p/one.conf'",
        ]
        let found = ConfigurationIncludes.files(includedBy: "/p/postgresql.conf") { files[$0] }
        #expect(found == ["/p/one.conf", "/etc/two.conf", "/etc/three.conf"])
    }
}

@Suite struct SavedConfigurationTests {
    private let saved = SavedConfiguration(
        pgdata: "/old",
        files: [
            SavedConfigurationFile(
                role: .server, path: "/etc/pg/postgresql.conf", pathInDataDirectory: nil, mode: 0o644,
                text: "port = 5432\nwork_mem = 1MB\n"),
            SavedConfigurationFile(
                role: .auto, path: "/old/postgresql.auto.conf", pathInDataDirectory: "postgresql.auto.conf",
                mode: 0o600, text: "work_mem = '2MB'\n"),
            SavedConfigurationFile(
                role: .hostBasedAuthentication, path: "/old/pg_hba.conf", pathInDataDirectory: "pg_hba.conf",
                mode: 0o600, text: "local all all peer\n"),
            SavedConfigurationFile(
                role: .included, path: "/old/conf.d/postgresql.conf",
                pathInDataDirectory: "conf.d/postgresql.conf", mode: 0o640, text: "port = 5433\n"),
        ])

    @Test func comesBackAsItWasWritten() async throws {
        try await Directories.withTemporary { directory in
            try saved.write(to: "\(directory)/conf")
            #expect(try SavedConfiguration.read(from: "\(directory)/conf") == saved)
            // A second time over the first.
            try saved.write(to: "\(directory)/conf")
            #expect(try SavedConfiguration.read(from: "\(directory)/conf") == saved)
            // A replacement that was cut short between its two renames.
            try Directories.move("\(directory)/conf", to: "\(directory)/conf.old")
            #expect(try SavedConfiguration.read(from: "\(directory)/conf") == saved)
        }
    }

    @Test func settingsAreThoseThatCount() {
        #expect(saved.setting("work_mem") == "2MB")
        #expect(saved.setting("port") == "5433")
        #expect(saved.setting("shared_buffers") == nil)
    }

    @Test func onlyFilesOfTheDataDirectoryGoBackIntoIt() async throws {
        try await Directories.withTemporary { directory in
            try saved.putBack(into: directory, except: ["postgresql.auto.conf"])
            #expect(ConfigurationFileFinder.read("\(directory)/pg_hba.conf") == "local all all peer\n")
            #expect(ConfigurationFileFinder.read("\(directory)/conf.d/postgresql.conf") == "port = 5433\n")
            #expect(!Directories.exists("\(directory)/postgresql.auto.conf"))
            #expect(!Directories.exists("\(directory)/postgresql.conf"))
            #expect(saved.hbaPath(pgdata: directory) == "\(directory)/pg_hba.conf")
        }
    }
}
