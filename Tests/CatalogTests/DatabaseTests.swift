import Catalog
import Failures
import PositionedJSON
import TargetTime
import Testing

@Suite("Databases")
struct DatabaseTests {
    static func record(_ id: String = "example") -> DatabaseRecord {
        let instance = InstanceRecord(
            pgdata: "/data", port: 5432, socketDir: "/run", binDir: "/usr/lib/postgresql/15/bin", role: .primary)
        let past = PastRepository(
            repository: ["type": "posix", "base_path": "/old"], path: "/old/databases/example/n1", timeline: 3,
            until: Instant(seconds: 1_800_000_000), note: "before the restore")
        let undo = UndoPoint(
            restore: "20261121-013000-4f2a", timeline: 3, lsn: "0/3000028", restorePoint: "before",
            takenAt: Instant(microseconds: 1_800_000_000_123_456), repositories: [past])
        let node = NodeRecord(
            systemIdentifier: "7650000000000000001", majorVersion: 15, adopted: true, instances: ["host-1": instance],
            backups: .off, previousRepositories: [past], lastRepositories: [["type": "posix"]], undo: undo,
            archiveSettingsBefore: ["archive_mode": "on", "archive_command": nil])
        return DatabaseRecord(
            id: id, revision: 4, acceptedAt: Instant(microseconds: 1_800_000_000_000_001),
            spec: [
                "database_name": "example", "ratio": 1.5, "big": .unsigned(18_446_744_073_709_551_615),
                "database_users": [["username": "app", "password": "s3cret/\u{1F511}"]],
            ],
            state: .ready, nodes: ["n1": node])
    }

    @Test("a record comes back as it was, in a file that only its owner may read")
    func roundTrip() async throws {
        try await withHome { home in
            let databases = Databases(home: home)
            let record = Self.record()
            try databases.save(record)
            #expect(try databases.load("example") == record)
            #expect(try mode(home.databaseFile("example")) == 0o600)
            #expect(try mode(home.databaseDir("example")) == 0o700)
            #expect(try mode(home.databasesDir) == 0o700)
        }
    }

    @Test("one that is not there is `notFound`, with those that are as the hint")
    func missing() async throws {
        try await withHome { home in
            let databases = Databases(home: home)
            let none = #expect(throws: CatalogError.self) { try databases.load("example") }
            #expect(none?.kind == .notFound)
            #expect(none?.hint?.contains("db create") == true)
            try databases.save(Self.record("shop"))
            let other = #expect(throws: CatalogError.self) { try databases.load("example") }
            #expect(other?.message == "there is no database \"example\"")
            #expect(other?.hint == "known in \(home.path): shop")
            #expect(throws: CatalogError.self) { try databases.load("../shop") }
        }
    }

    @Test("a directory without a record, as an unfinished create leaves it, is no database")
    func list() async throws {
        try await withHome { home in
            let databases = Databases(home: home)
            #expect(try databases.ids() == [])
            try databases.save(Self.record("b"))
            try databases.save(Self.record("a"))
            try Directory.make(home.databaseDir("c"))
            try Directory.make(home.databasesDir + "/Not-An-Id")
            #expect(try databases.ids() == ["a", "b"])
            #expect(try databases.list().map(\.id) == ["a", "b"])
        }
    }

    @Test("another format, and a record of another database, are refused")
    func wrongDocuments() async throws {
        try await withHome { home in
            let databases = Databases(home: home)
            var record = Self.record()
            record.formatVersion = 2
            try databases.save(record)
            let newer = #expect(throws: CatalogError.self) { try databases.load("example") }
            #expect(newer?.code == "unknown-format")
            try databases.save(Self.record("other"))
            try AtomicFile.write(
                try AtomicFile.readText(home.databaseFile("other")), to: home.databaseFile("example"))
            let moved = #expect(throws: CatalogError.self) { try databases.load("example") }
            #expect(moved?.message.contains("belongs to the database \"other\"") == true)
        }
    }

    @Test("forgetting leaves tasks, restores and data directories where they are")
    func remove() async throws {
        try await withHome { home in
            let databases = Databases(home: home)
            try databases.save(Self.record())
            try Directory.make(home.defaultDataDir("example", "n1"))
            try AtomicFile.write("{}", to: home.statusFile("example"))
            try databases.remove("example")
            #expect(!databases.exists("example"))
            #expect(try Directory.names(in: home.databaseDir("example")) == ["n1"])
            #expect(throws: CatalogError.self) { try databases.remove("example") }
        }
    }

    @Test("documents of a restore are kept by name, and names stay inside its directory")
    func restores() async throws {
        try await withHome { home in
            let restores = try Restores(home: home, database: "example")
            #expect(try restores.latest() == nil)
            let first = try restores.create(now: Instant(seconds: 1_800_000_000))
            let second = try restores.create(now: Instant(seconds: 1_800_000_001))
            #expect(try restores.ids() == [first, second])
            #expect(try restores.latest() == second)
            try restores.write(["step": 3], "journal.json", restore: first)
            #expect(try restores.read([String: Int].self, "journal.json", restore: first) == ["step": 3])
            #expect(try restores.read([String: Int].self, "plan.json", restore: first) == nil)
            for name in ["", ".hidden", "../journal.json", "a/b"] {
                #expect(throws: CatalogError.self) { try restores.path(name, restore: first) }
            }
            #expect(throws: CatalogError.self) { try restores.path("plan.json", restore: "..") }
            #expect(throws: CatalogError.self) { try Restores(home: home, database: "../example") }
        }
    }
}
