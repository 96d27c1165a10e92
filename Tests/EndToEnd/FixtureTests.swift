import Foundation
import Glibc
import Testing

/// The fixture itself, proven with plain Postgres and pgBackRest, so that a failure elsewhere is pgstanza's.
@Suite struct FixtureTests {
    @Test func writesAndReadsRowsOfAServerOfItsOwn() async throws {
        try await withSandbox { box in
            let server = try await box.startCluster()
            try await server.query("CREATE TABLE t AS SELECT i, 'row ' || i AS x FROM generate_series(1, 3) i")
            #expect(
                try await server.query("SELECT i, x FROM t ORDER BY i") == [
                    ["1", "row 1"], ["2", "row 2"], ["3", "row 3"],
                ])
            #expect(try await server.value("SELECT current_user") == box.account.name)
            let before = try await InstanceState.of(server)
            #expect(try await InstanceState.of(server) == before)
            try await server.query("ALTER SYSTEM SET work_mem = '5MB'")
            let after = try await InstanceState.of(server)
            #expect(after != before)
            #expect(after.postmaster == before.postmaster)
        }
    }

    @Test func aWriterKnowsExactlyWhatWasCommitted() async throws {
        try await withSandbox { box in
            let server = try await box.startCluster()
            let writer = try await server.startWriter()
            try await writer.waitForCommits(50)
            #expect(writer.errors() == "")
            try await server.pgCtl("-m", "fast", "-w", "-l", box.path + "/pg/server.log", "restart").expect(exit: 0)
            let count = writer.acknowledged().count
            try await writer.waitForCommits(count + 20)
            let acknowledged = try await writer.stop()
            #expect(writer.errors().contains("terminating connection"))
            let rows = Set(try await writer.rows())
            #expect(rows.isSuperset(of: acknowledged))
            // One commit per session at most may have been made and not been reported.
            #expect(rows.count <= acknowledged.count + 2)
        }
    }

    @Test func plainPgBackRestWorksOnTheObjectStore() async throws {
        try await withSandbox { box in
            let store = try await box.startObjectStore()
            let server = try await box.startCluster(settings: [
                "archive_mode": "on",
                "archive_command": "pgbackrest --config=\(box.path)/pgbackrest.conf --stanza=db archive-push %p",
            ])
            for directory in ["lock", "log", "spool"] { try box.makeDirectory(directory) }
            let configuration = try box.write(
                "pgbackrest.conf",
                """
                [global]
                \(store.configuration(path: "/databases/plain/s3/n1"))
                repo1-retention-full=2
                lock-path=\(box.path)/lock
                log-path=\(box.path)/log
                spool-path=\(box.path)/spool
                start-fast=y
                compress-type=zst
                [db]
                pg1-path=\(server.dataDirectory)
                pg1-port=\(server.port)
                pg1-socket-path=\(server.socketDirectory)
                pg1-user=\(box.account.name)
                """, mode: 0o600)
            let pgbackrest = ["pgbackrest", "--config=\(configuration)", "--stanza=db", "--log-level-stderr=off"]
            try await box.run(pgbackrest + ["stanza-create"]).expect(exit: 0)
            try await box.run(pgbackrest + ["backup", "--type=full"]).expect(exit: 0)
            let info = try await box.run(pgbackrest + ["info", "--output=json"]).expect(exit: 0).json()
            #expect(info[0]?["status"]?["code"]?.intValue == 0)
            #expect(info[0]?["backup"]?.arrayValue?.map { $0["type"]?.stringValue } == ["full"])
        }
    }

    @Test func nothingOfASandboxIsLeft() async throws {
        let (path, pid, helper) = try await withSandbox { box in
            let server = try await box.startCluster()
            let helper = try box.start(["sleep", "1000", box.path + "/"])
            return (box.path, try #require(server.postmasterPID), helper.pid)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        // The entry stays for a moment until init reaps the process, but nothing runs in it.
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) == nil)
        // Killed and, being our child, still to be reaped.
        #expect(waitpid(helper, nil, WNOHANG) == helper)
    }
}
