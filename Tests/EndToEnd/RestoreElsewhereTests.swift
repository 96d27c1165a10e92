import Foundation
import PositionedJSON
import Testing

/// A node restored from another node's backup on the same host.
@Suite struct RestoreElsewhereTests {
    @Test func takesTheOthersRowsAndStaysItself() async throws {
        try await withSandbox { box in
            let shop = try await box.createPair()
            let one = try shop.primary("n1")
            let three = try shop.primary("n3")
            let replica = try #require(shop.replicas("n1").first)
            try await shop.backup(node: "n1")
            try await shop.backup(node: "n3")
            try await three.query("INSERT INTO t VALUES (1000, 'after the backup')")
            let wanted = try await three.contents(of: "t")
            let files = one.ownFiles
            let settings =
                "SELECT name, setting FROM pg_settings WHERE name IN ('port', 'cluster_name', "
                + "'archive_command', 'archive_mode', 'work_mem', 'maintenance_work_mem') ORDER BY 1"
            let before = try await one.query(settings)
            let threeBefore = try await InstanceState.of(three)
            let system = "SELECT system_identifier FROM pg_control_system()"
            let identifier = try await three.value(system)
            #expect(try await one.value(system) != identifier)

            try await shop.restore("--target-node", "n1", "--source-node", "n3")
            #expect(try await one.contents(of: "t") == wanted)
            #expect(try await one.value(system) == identifier)
            #expect(try shop.record()["nodes"]?["n1"]?["system_identifier"]?.stringValue == identifier)
            #expect(try shop.leftoverSettings() == [])
            for name in ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"] {
                #expect(one.ownFiles[name] == files[name], "\(name) is not n1's own any more")
            }
            #expect(files["pg_hba.conf"]?.contains("192.0.2.1") == true)
            #expect(try await one.value("SHOW maintenance_work_mem") == "11MB")
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "301")
            #expect(try await replica.contents(of: "t") == wanted)
            #expect(try await replica.value("SELECT pg_is_in_recovery()") == "t")

            // With its old repository n1 has nothing to do any more: nothing fails there, and nothing is kept for it.
            let old = try await box.run(["find", box.path + "/repo/databases/shop/local/n1", "-type", "f"]).lines
                .sorted()
            try await expectSteadyWAL(one)
            let refused = try await box.pgstanza(
                "db", "update", shop.id, box.path + "/shop.json", "--same-repository", "--yes", "--json"
            ).expect(exit: 73).jsonError()["error"]
            #expect(refused?["hint"]?.stringValue?.isEmpty == false)

            // Backups on again: into n1's own place, under the identity that n1 has now.
            try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
            try await expectSteadyWAL(one)
            #expect(
                try await box.run(["find", box.path + "/repo/databases/shop/local/n1", "-type", "f"]).lines.sorted()
                    == old)
            #expect(try await one.query(settings) == before)
            let info = try await shop.info("n1")
            #expect(info["db"]?.arrayValue?.map { $0["system-id"]?.intValue.map(String.init) } == [identifier])
            #expect(info["backup"]?.arrayValue?.count == 1)
            try await shop.backup("incr", node: "n1")
            try await one.query("INSERT INTO t VALUES (2000, 'of n1')")
            try await shop.archiveAll("n1")
            #expect(try await one.value("SELECT failed_count FROM pg_stat_archiver") == "0")

            #expect(try await InstanceState.of(three) == threeBefore)
            #expect(try await three.contents(of: "t") == wanted)
            try await shop.archiveAll("n3")
            #expect(try await three.value("SELECT failed_count FROM pg_stat_archiver") == "0")
            #expect(try await shop.info("n3")["backup"]?.arrayValue?.count == 1)
        }
    }

    /// Goes on for a dozen WAL segments: `pg_wal` holds no more of them than before, none waits to be archived, and
    /// archiving did not fail once.
    private func expectSteadyWAL(_ node: Instance) async throws {
        let segments = "SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"
        let before = Int(try await node.value(segments)) ?? 0
        for _ in 0..<12 {
            try await node.query("CREATE TABLE passing AS SELECT 1")
            try await node.query("DROP TABLE passing")
            try await node.query("SELECT pg_switch_wal()")
            try await node.query("CHECKPOINT")
        }
        try await node.waitFor("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'", toBe: "0")
        try await node.query("CHECKPOINT")
        let after = Int(try await node.value(segments)) ?? 0
        print("\(node.name): \(before) WAL segments, \(after) after twelve more were written")
        #expect(after <= before + 5, "pg_wal grows")
        #expect(try await node.value("SELECT failed_count FROM pg_stat_archiver") == "0")
    }

    @Test func anothersTablespaceNeedsAMapAndTheOwnLinkStays() async throws {
        try await withSandbox { box in
            let shop = try await box.createPair()
            let one = try shop.primary("n1")
            let three = try shop.primary("n3")
            let replica = try #require(shop.replicas("n1").first)
            let space = try await shop.addTablespace("ts", on: "n3", rows: 5000)
            let wal = try await shop.linkWAL(of: "n1")
            try await shop.backup(node: "n1")
            try await shop.backup(node: "n3")
            // Written after the backup, so that a restore over the living tablespace would be seen.
            try await three.query("INSERT INTO far SELECT i, 'later' FROM generate_series(5001, 6000) i")
            let far = try await three.contents(of: "far")
            let threeBefore = try await InstanceState.of(three)
            let before = try await InstanceState.of(one)

            let refused = try await box.pgstanza(
                "restore", shop.id, "--target-node", "n1", "--source-node", "n3", "--yes", "--json"
            ).expect(exit: 73)
            let error = try refused.jsonError()["error"]
            #expect(error?["message"]?.stringValue?.contains("tablespace ts would be written over \(space)") == true)
            #expect(error?["hint"]?.stringValue?.contains("tablespace-map=ts=") == true)
            #expect(try await InstanceState.of(one) == before)
            // A map to n3's own place, or to a place with somebody's files, is no better.
            let foreign = try box.makeDirectory("foreign")
            try box.write("foreign/file", "somebody's")
            for place in [space, foreign] {
                let result = try await box.pgstanza(
                    "restore", shop.id, "--target-node", "n1", "--source-node", "n3", "--option",
                    "tablespace-map=ts=\(place)", "--yes")
                try result.expect(exit: 73)
                #expect(result.errorOutput.contains(place))
            }
            #expect(try await InstanceState.of(one) == before)

            let place = box.path + "/space-n1"
            try await shop.restore(
                "--target-node", "n1", "--source-node", "n3", "--option", "tablespace-map=ts=\(place)")
            #expect(try await one.contents(of: "far") == far)
            #expect(
                try await one.value("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'ts'")
                    == place)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: one.dataDirectory + "/pg_wal") == wal)
            let segment = try await one.value("SELECT pg_walfile_name(pg_current_wal_lsn())")
            #expect(box.exists(wal + "/" + segment))
            try await replica.waitFor("SELECT count(*) FROM far", toBe: "6000")
            // The replica shares the machine, so it has a place of its own.
            let link = try #require(
                try FileManager.default.contentsOfDirectory(atPath: replica.dataDirectory + "/pg_tblspc").first)
            #expect(
                try FileManager.default.destinationOfSymbolicLink(
                    atPath: replica.dataDirectory + "/pg_tblspc/" + link) != place)

            #expect(try await InstanceState.of(three) == threeBefore)
            #expect(try await three.contents(of: "far") == far)
            #expect(box.read("foreign/file") == "somebody's")
            try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
            try await shop.backup("incr", node: "n1")

            // To a place of the user's choice the link goes as well.
            let other = box.path + "/other-wal"
            try await shop.restore(
                "--target-node", "n1", "--option", "link-map=pg_wal=\(other)")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: one.dataDirectory + "/pg_wal") == other)
            #expect(try await one.contents(of: "far") == far)
        }
    }

    @Test func theOwnTablespaceAndLinkNeedNoMap() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let one = try shop.primary()
            let wal = try await shop.linkWAL(of: "n1")
            let space = try await shop.addTablespace("ts", on: "n1", rows: 4000)
            try await shop.backup()
            try await one.query("INSERT INTO far SELECT i, 'later' FROM generate_series(4001, 4500) i")
            let contents = try await one.contents(of: "far")
            let target = try await shop.moment()
            try await one.query("DELETE FROM far")
            try await one.query("INSERT INTO t VALUES (2, 'undone')")

            try await shop.restore("--target", target)
            #expect(try await one.contents(of: "far") == contents)
            #expect(try await one.value("SELECT count(*) FROM t") == "1")
            #expect(
                try await one.value("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'ts'")
                    == space)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: one.dataDirectory + "/pg_wal") == wal)
            let segment = try await one.value("SELECT pg_walfile_name(pg_current_wal_lsn())")
            #expect(box.exists(wal + "/" + segment))
        }
    }
}
