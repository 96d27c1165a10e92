import Foundation
import PositionedJSON
import Testing

/// A node that is not there to be stopped: crashed, damaged, emptied, removed.
@Suite struct NodeGoneTests {
    /// What a crashed server acknowledged and had not archived is archived first.
    @Test func aCrashedServerLosesNoAcknowledgedCommit() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(replicas: 1)
            let primary = try shop.primary()
            try await shop.backup()
            let acknowledged = try await crashUnderLoad(shop)
            #expect(box.exists(primary.dataDirectory + "/postmaster.pid"))
            // The crash took configuration files with it; the copies in the home are put back.
            for file in ["postgresql.conf", "pg_hba.conf"] {
                try FileManager.default.removeItem(atPath: primary.dataDirectory + "/" + file)
            }

            let result = try await box.pgstanza("restore", shop.id, "--type", "default", "--yes")
            try result.expect(exit: 0)
            #expect(result.errorOutput.contains("left by the dead server"))
            try await expectAll(acknowledged, in: shop)
            #expect(try await primary.value("SHOW fsync") == "off")
            #expect(try shop.leftoverSettings() == [])
            try await expectServing(shop)
        }
    }

    /// Nothing but the control file is damaged, so nothing is lost and no consent is needed.
    @Test func aDamagedControlFileLosesNoAcknowledgedCommit() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(replicas: 1)
            let primary = try shop.primary()
            try await primary.query("ALTER SYSTEM SET work_mem = '7MB'")
            try await shop.backup()
            let files = primary.ownFiles
            let acknowledged = try await crashUnderLoad(shop)
            let control = primary.dataDirectory + "/global/pg_control"
            try box.write(control, String(repeating: "garbage ", count: 1024), mode: 0o600)

            try await shop.restore("--type", "default")
            try await expectAll(acknowledged, in: shop)
            try await expectServing(shop)
            for name in ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"] {
                #expect(primary.ownFiles[name] == files[name], "\(name) is not the node's own any more")
            }
            #expect(try await primary.value("SHOW work_mem") == "7MB")
        }
    }

    @Test(arguments: ["removed", "emptied"])
    func aDataDirectoryThatIsGoneNeedsConsent(how: String) async throws {
        try await withSandbox("aDataDirectoryThatIsGoneNeedsConsent-\(how)") { box in
            let shop = try await box.createShop(replicas: 1) {
                $0 = $0.replacing(
                    "spec", "nodes", 0, "pg_hba_conf", with: .array([.string("host all one 192.0.2.1/32 reject")]))
            }
            let primary = try shop.primary()
            let replica = try #require(shop.replicas().first)
            try await primary.query("ALTER SYSTEM SET work_mem = '7MB'")
            try await shop.backup()
            let files = primary.ownFiles
            try await primary.query("INSERT INTO t SELECT i, 'archived' FROM generate_series(2, 50) i")
            try await shop.archiveAll()
            let archived = try await primary.contents(of: "t")
            try await primary.query("INSERT INTO t SELECT i, 'lost' FROM generate_series(51, 60) i")
            try await primary.crash()
            let directory = primary.dataDirectory
            if how == "removed" {
                try await box.run(["rm", "-rf", directory]).expect(exit: 0)
            } else {
                try await box.run(["find", directory, "-mindepth", "1", "-delete"]).expect(exit: 0)
                // The replica's directory is gone with it this time.
                try await replica.crash()
                try await box.run(["rm", "-rf", replica.dataDirectory]).expect(exit: 0)
            }
            let record = try shop.record()
            let replicaProcess = replica.postmasterPID
            let stored = try await box.run(["find", box.path + "/repo", "-type", "f"]).lines.sorted()

            let refused = try await box.pgstanza("restore", shop.id, "--type", "default", "--yes", "--json")
            let error = try refused.expect(exit: 73).jsonError()["error"]
            let message = error?["message"]?.stringValue ?? ""
            #expect(message.contains(directory))
            #expect(message.contains("the last commit in the archive is"))
            #expect(error?["hint"]?.stringValue?.contains("--consent wal-loss") == true)
            #expect(box.exists(directory) == (how == "emptied"))
            #expect((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] == [])
            #expect(try shop.record() == record)
            #expect(replica.postmasterPID == replicaProcess)
            #expect(message.contains("the replica on host-2 may hold it") == (how == "removed"))
            #expect(try await box.run(["find", box.path + "/repo", "-type", "f"]).lines.sorted() == stored)

            try await shop.restore("--type", "default", "--consent", "wal-loss")
            #expect(try await primary.contents(of: "t") == archived)
            for name in ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"] {
                #expect(primary.ownFiles[name] == files[name], "\(name) is not the node's own any more")
            }
            #expect(try await primary.value("SHOW work_mem") == "7MB")
            #expect(try await primary.value("SHOW port") == String(primary.port))
            #expect(try shop.leftoverSettings() == [])
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "50")
            try await expectServing(shop)
            try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
            try await shop.backup("incr")
        }
    }

    /// The data directory is gone; its WAL and a tablespace lie on another disk and are not.
    @Test func whatLiesElsewhereOutlivesTheDataDirectory() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            let wal = try await shop.linkWAL(of: "n1")
            let space = try await shop.addTablespace("ts", on: "n1", rows: 3000)
            try await shop.backup()
            let acknowledged = try await crashUnderLoad(shop)
            try await box.run(["rm", "-rf", primary.dataDirectory]).expect(exit: 0)

            let result = try await box.pgstanza("restore", shop.id, "--type", "default", "--yes")
            try result.expect(exit: 0)
            try await expectAll(acknowledged, in: shop)
            #expect(try await primary.value("SELECT count(*) FROM far") == "3000")
            #expect(
                try await primary.value("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'ts'")
                    == space)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: primary.dataDirectory + "/pg_wal") == wal)
            try await expectServing(shop)
        }
    }

    /// Somebody made a new cluster where the node's was, and that crashed too: its WAL is nothing to the node's archive.
    @Test func anotherClusterInTheNodesPlaceNeedsConsent() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("INSERT INTO t VALUES (2, 'archived')")
            try await shop.archiveAll()
            let contents = try await primary.contents(of: "t")
            try await primary.crash()
            let directory = primary.dataDirectory
            try await box.run(["rm", "-rf", directory]).expect(exit: 0)
            try await box.run([Workspace.postgresPrograms + "/initdb", "-D", directory, "-N", "-A", "trust"]).expect(
                exit: 0)
            // The killed server's process may not be reaped yet, and its lock would keep this one out.
            try await box.run(["rm", "-f", "\(primary.socketDirectory)/.s.PGSQL.\(primary.port).lock"]).expect(exit: 0)
            try await primary.pgCtl(
                "-w", "-l", box.path + "/other.log", "-o",
                "-p \(primary.port) -k \(primary.socketDirectory) -c listen_addresses= -c archive_mode=on "
                    + "-c archive_command=false", "start"
            ).expect(exit: 0)
            try await primary.query("CREATE TABLE other AS SELECT 1", database: "postgres")
            try await primary.crash()

            for given in [[], ["--consent", "wal-loss"], ["--consent", "other-cluster"]] {
                let result = try await box.pgstanza(["restore", shop.id, "--type", "default", "--yes"] + given)
                try result.expect(exit: 73)
                #expect(result.errorOutput.contains("holds another cluster"))
            }
            try await shop.restore("--type", "default", "--consent", "wal-loss", "--consent", "other-cluster")
            #expect(try await primary.contents(of: "t") == contents)
            #expect(try await primary.value("SELECT to_regclass('other') IS NULL", database: "postgres") == "t")
            try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
        }
    }

    /// Kills the server while a client commits. Returns the numbers whose commit was acknowledged.
    private func crashUnderLoad(_ shop: Shop) async throws -> [Int] {
        let primary = try shop.primary()
        let writer = try await primary.startWriter()
        try await writer.waitForCommits(200)
        // Commits of the segment that is being written are in no archive.
        let behind = try await primary.value(
            "SELECT coalesce(last_archived_wal, '') < pg_walfile_name(pg_current_wal_lsn()) FROM pg_stat_archiver")
        #expect(behind == "t")
        try await primary.crash()
        return try await writer.stop()
    }

    private func expectAll(_ acknowledged: [Int], in shop: Shop) async throws {
        let primary = try shop.primary()
        let rows = try await primary.query("SELECT number FROM written").compactMap { $0.first.flatMap { Int($0) } }
        let missing = Set(acknowledged).subtracting(rows)
        print("\(acknowledged.count) commits acknowledged before the crash, \(missing.count) missing after the restore")
        #expect(acknowledged.count >= 200)
        #expect(missing == [])
        for replica in shop.replicas() {
            try await replica.waitFor("SELECT count(*) FROM written", toBe: String(rows.count))
        }
    }

    /// Read-write, and every replica follows.
    private func expectServing(_ shop: Shop) async throws {
        let primary = try shop.primary()
        #expect(try await primary.value("SELECT pg_is_in_recovery()") == "f")
        try await primary.query("CREATE TABLE served AS SELECT 42 AS answer")
        for replica in shop.replicas() {
            try await replica.waitFor("SELECT to_regclass('served') IS NOT NULL", toBe: "t")
            #expect(try await replica.value("SELECT answer FROM served") == "42")
            #expect(try await replica.value("SELECT pg_is_in_recovery()") == "t")
        }
    }
}
