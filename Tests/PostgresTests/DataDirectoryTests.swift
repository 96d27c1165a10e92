import Failures
import Glibc
import Testing

@testable import Postgres
@testable import TestServers

@Suite struct DataDirectoryTests {
    @Test func everyStateIsTold() async throws {
        try await TestPlace.with { place in
            let path = place.path + "/d"
            #expect(try DataDirectory.inspect(path).state == .missing)
            await expectCode("data-directory-missing") {
                _ = try await ControlData.read(pgdata: path, binDir: place.programs.binDir)
            }
            mkdir(path, 0o700)
            #expect(try DataDirectory.inspect(path).state == .empty)
            await expectCode("data-directory-empty") {
                _ = try await ControlData.read(pgdata: path, binDir: place.programs.binDir)
            }
            try TextFile.write("x", to: path + "/file", mode: 0o600)
            #expect(try DataDirectory.inspect(path).state == .foreign)
            await expectCode("not-a-data-directory") {
                _ = try await ControlData.read(pgdata: path, binDir: place.programs.binDir)
            }
            let major = try await place.programs.version().major
            try TextFile.write("\(major)\n", to: path + "/PG_VERSION", mode: 0o600)
            #expect(try DataDirectory.inspect(path).state == .cluster(major: major, hasControlFile: false))
            await expectCode("pg-control-missing") {
                _ = try await ControlData.read(pgdata: path, binDir: place.programs.binDir)
            }
            mkdir(path + "/global", 0o700)
            for damage in ["", String(repeating: "\u{1}", count: 8192)] {
                try TextFile.write(damage, to: path + "/global/pg_control", mode: 0o644)
                for file in [path, path + "/global", path + "/global/pg_control"] { place.hand(file) }
                await expectCode("pg-control-damaged") {
                    _ = try await ControlData.read(pgdata: path, binDir: place.programs.binDir)
                }
            }
            try TextFile.write("99\n", to: path + "/PG_VERSION", mode: 0o600)
            await expectCode("postgres-version-mismatch") {
                _ = try await ControlData.read(pgdata: path, binDir: place.programs.binDir)
            }
            try TextFile.write("nine\n", to: path + "/PG_VERSION", mode: 0o600)
            #expect(throws: PostgresError.self) { try DataDirectory.inspect(path) }
        }
    }

    @Test func linksAndSizesAreSeen() async throws {
        try await TestPlace.with { place in
            let path = place.path + "/d"
            for directory in ["d/pg_tblspc", "space", "wal", "elsewhere"] {
                try StagedDirectory.makeDirectories(place.path + "/" + directory)
            }
            symlink(place.path + "/space", path + "/pg_tblspc/16385")
            symlink("../wal", path + "/pg_wal")
            symlink(place.path + "/elsewhere", path + "/pg_stat_tmp")
            try TextFile.write(String(repeating: "a", count: 100_000), to: place.path + "/space/file", mode: 0o600)
            try TextFile.write(String(repeating: "a", count: 50_000), to: place.path + "/wal/file", mode: 0o600)
            let directory = try DataDirectory.inspect(path)
            #expect(directory.tablespaces == ["16385": place.path + "/space"])
            #expect(directory.walTarget == TextFile.resolved(place.path + "/wal"))
            #expect(directory.links == [DataDirectory.Link(path: "pg_stat_tmp", target: place.path + "/elsewhere")])
            #expect(directory.names == ["pg_stat_tmp", "pg_tblspc", "pg_wal"])
            #expect(directory.owner == geteuid())
            #expect((150_000..<400_000).contains(directory.sizeOnDisk()))
            #expect(try DiskUsage.free(at: path + "/not/there/yet") > 0)
            #expect(try DiskUsage.device(at: path) == DiskUsage.device(at: path + "/not/there"))
        }
    }

    @Test func theLogsLeftoversAreListed() async throws {
        try await TestPlace.with { place in
            #expect(try WALDirectory.inspect(pgdata: place.path) == nil)
            let wal = place.path + "/pg_wal"
            try StagedDirectory.makeDirectories(wal + "/archive_status")
            for name in [
                "000000020000000000000004", "000000010000000000000003", "00000002.history", "x",
                "000000010000000000000004.partial", "archive_status/000000010000000000000003.ready",
                "archive_status/00000002.history.ready", "archive_status/000000010000000000000002.done",
            ] { try TextFile.write("", to: wal + "/" + name, mode: 0o600) }
            let directory = try #require(try WALDirectory.inspect(pgdata: place.path))
            #expect(directory.segments == ["000000010000000000000003", "000000020000000000000004"])
            #expect(directory.waiting == ["000000010000000000000003", "00000002.history"])
            #expect(directory.histories == ["00000002.history"])
            #expect(directory.partials == ["000000010000000000000004.partial"])
        }
    }

    @Test func aStagedDirectoryAppearsWhole() async throws {
        try await TestPlace.with { place in
            let target = place.path + "/a/b/data"
            var staged = try StagedDirectory.prepare(for: target + "/")
            #expect(staged.staging == place.path + "/a/b/.data.pgstanza-new")
            #expect(!DirectoryListing.exists(target))
            // What a killed run left is taken away; what it finds filled is refused.
            try StagedDirectory.makeDirectories(staged.staging + "/base/1")
            try TextFile.write("15", to: staged.staging + "/PG_VERSION", mode: 0o600)
            staged = try StagedDirectory.prepare(for: target)
            #expect(!DirectoryListing.exists(staged.staging))
            try StagedDirectory.makeDirectories(staged.staging)
            try TextFile.write("15", to: staged.staging + "/PG_VERSION", mode: 0o600)
            mkdir(target, 0o755)
            try staged.commit()
            #expect(DirectoryListing.names(in: target) == ["PG_VERSION"])
            let refused = #expect(throws: PostgresError.self) { try StagedDirectory.prepare(for: target) }
            #expect(refused?.kind == .refused)
            #expect(refused?.hint?.contains("PG_VERSION") == true)
            #expect(DirectoryListing.names(in: place.path + "/a/b") == ["data"])
        }
    }

    @Test func aMountPointIsFilledFromWithin() async throws {
        try await TestPlace.with { place in
            let target = place.path + "/mount"
            mkdir(target, 0o755)
            let staged = StagedDirectory(target: target, staging: target + "/.pgstanza-new", isInside: true)
            try StagedDirectory.makeDirectories(staged.staging + "/base")
            try TextFile.write("15", to: staged.staging + "/PG_VERSION", mode: 0o600)
            try staged.commit()
            #expect(DirectoryListing.names(in: target) == ["PG_VERSION", "base"])
            #expect(try DataDirectory.inspect(target).mode == 0o700)
        }
    }

    @Test func removingATreeDoesNotFollowLinks() async throws {
        try await TestPlace.with { place in
            try StagedDirectory.makeDirectories(place.path + "/tree/sub")
            try TextFile.write("keep", to: place.path + "/kept", mode: 0o600)
            mkdir(place.path + "/keptdir", 0o700)
            symlink(place.path + "/kept", place.path + "/tree/file")
            symlink(place.path + "/keptdir", place.path + "/tree/sub/dir")
            try StagedDirectory.removeTree(place.path + "/tree")
            #expect(!DirectoryListing.exists(place.path + "/tree"))
            #expect(DirectoryListing.exists(place.path + "/kept"))
            #expect(DirectoryListing.exists(place.path + "/keptdir"))
            try StagedDirectory.removeTree(place.path + "/tree")
        }
    }

    @Test func aFailedCreationLeavesNothing() async throws {
        try await TestPlace.with { place in
            let pgdata = place.path + "/n1"
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await InitDB.create(
                    at: pgdata, programs: place.programs, options: InitDB.Options(superuser: "boss", isFlushed: false)
                ) { directory in
                    #expect(DirectoryListing.exists(directory + "/PG_VERSION"))
                    throw Stop()
                }
            }
            #expect(!DirectoryListing.exists(pgdata))
            #expect(!DirectoryListing.names(in: place.path).contains { $0.hasSuffix(".pgstanza-new") })
        }
    }

    @Test func writesKeepTheModeAndFollowLinks() async throws {
        try await TestPlace.with { place in
            let path = place.path + "/file"
            try TextFile.write("one", to: path, mode: 0o640)
            chmod(path, 0o604)
            symlink(path, place.path + "/link")
            try TextFile.write("two", to: place.path + "/link", mode: 0o600)
            #expect(try TextFile.read(path) == "two")
            #expect(TextFile.linkTarget(place.path + "/link") == path)
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o604)
            #expect(try TextFile.readIfPresent(place.path + "/absent") == nil)
            #expect(throws: PostgresError.self) { try TextFile.write("x", to: place.path + "/no/such", mode: 0o600) }
            #expect(!DirectoryListing.names(in: place.path).contains { $0.hasSuffix(".tmp") })
        }
    }

    private func expectCode(_ code: String, _ body: () async throws -> Void) async {
        let error = await #expect(throws: PostgresError.self) { try await body() }
        #expect(error?.code == code)
    }
}
