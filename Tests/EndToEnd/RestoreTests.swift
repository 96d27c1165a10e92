import PositionedJSON
import Testing

/// In-place restores of one node from its own backup.
@Suite struct RestoreTests {
    @Test func aDroppedTableComesBackOnPrimaryAndReplica() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(replicas: 1)
            let primary = try shop.primary()
            let replica = try #require(shop.replicas().first)
            try await shop.backup()
            try await primary.query("INSERT INTO t SELECT i, 'later ' || i FROM generate_series(2, 500) i")
            let contents = try await primary.contents(of: "t")
            let target = try await shop.moment()
            try await primary.query("DROP TABLE t")
            try await primary.query("CREATE TABLE undone (i int)")

            let document = try await shop.restore("--target", target)
            #expect(document["state"]?.stringValue == "done")
            #expect(document["steps"]?.arrayValue?.map { $0["number"]?.intValue } == Array(1...8))
            #expect(try await primary.contents(of: "t") == contents)
            #expect(try await primary.value("SELECT to_regclass('undone') IS NULL") == "t")
            #expect(try await primary.value("SELECT pg_is_in_recovery()") == "f")
            try await replica.waitFor("SELECT count(*) FROM t", toBe: "500")
            #expect(try await replica.contents(of: "t") == contents)
            #expect(try await replica.value("SELECT pg_is_in_recovery()") == "t")

            // Nothing of the restore is left in the server's settings, and the replica follows the new timeline.
            #expect(try shop.leftoverSettings() == [])
            let timeline = try await primary.value("SELECT timeline_id FROM pg_control_checkpoint()")
            #expect(timeline == "2")
            #expect(document["nodes"]?[0]?["timeline"]?.intValue == 2)
            try await replica.waitFor("SELECT received_tli FROM pg_stat_wal_receiver", toBe: "2")
            #expect(document["nodes"]?[0]?["rows"]?["public.t"]?.intValue == 500)

            // Read-write for everybody again, and still up a while later, with the replica still a replica.
            let writer = try await primary.startWriter()
            try await writer.waitForCommits(20)
            try await Task.sleep(for: .seconds(10))
            let acknowledged = try await writer.stop()
            #expect(writer.errors() == "")
            try await replica.waitFor("SELECT count(*) FROM written", toBe: String(acknowledged.count))
            #expect(try await replica.value("SELECT pg_is_in_recovery()") == "t")
            #expect(box.exists(replica.dataDirectory + "/standby.signal"))
        }
    }

    @Test func backupsAreOffAfterwardsAndComeBackInANewBook() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            let old = try await shop.backup()["backups"]?[0]?["label"]?.stringValue
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            let target = try await shop.moment()
            try await primary.query("DELETE FROM t")
            try await shop.restore("--target", target)
            #expect(try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,second")

            let off = try await box.pgstanza("backup", shop.id, "--type", "full", "-q").expect(exit: 73)
            #expect(off.errorOutput.contains("backups of n1 are off"))
            #expect(off.errorOutput.contains("pgstanza db update shop"))

            try await box.pgstanza("db", "update", shop.id, "--yes").expect(exit: 0)
            let listed = try await box.pgstanza("backups", shop.id, "--json").expect(exit: 0).json()
            let backups = try #require(listed["nodes"]?[0]?["backups"]?.arrayValue)
            #expect(backups.contains { $0["label"]?.stringValue == old && $0["repository"]?.stringValue == "local" })
            #expect(backups.contains { $0["repository"]?.stringValue == "local-2" })
            let shown = try await box.pgstanza("db", "show", shop.id, "--json").expect(exit: 0).output
            #expect(shown.contains("local-2"))
            try await shop.backup("incr")
            #expect(try await primary.value("SELECT failed_count FROM pg_stat_archiver") == "0")

            // A target before the restore is found in the old book, though the new one is written now.
            let again = try await shop.restore("--target", target, "--reenable-backups")
            #expect(again["nodes"]?[0]?["repository"]?.stringValue == "local-3")
            #expect(try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,second")
            try await shop.backup("incr")
        }
    }

    @Test func backupsGoOnInTheSamePlaceWhenThatIsSound() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (2, 'undone')")
            try await shop.restore("--target", target)
            // Several segments while nothing is archived: they are pushed from pg_wal.
            for i in 10..<13 {
                try await primary.query("INSERT INTO t VALUES (\(i), 'between'); SELECT pg_switch_wal()")
            }
            try await box.pgstanza("db", "update", shop.id, "--same-repository", "--yes").expect(exit: 0)
            let repositories = try await box.pgstanza("backups", shop.id, "--json").expect(exit: 0).json()[
                "nodes"]?[0]?["backups"]?.arrayValue?.compactMap { $0["repository"]?.stringValue }
            #expect(repositories == ["local", "local"])
            try await primary.query("INSERT INTO t VALUES (20, 'after')")
            // Nothing between the two backups is missing: the first one leads all the way to the present.
            let first = try await shop.box.pgstanza("backups", shop.id, "--json").json()["nodes"]?[0]?["backups"]?[0]
            try await shop.restore(
                "--set", try #require(first?["label"]?.stringValue), "--option", "target-timeline=2")
            #expect(
                try await primary.value("SELECT string_agg(i::text, ',' ORDER BY i) FROM t") == "1,10,11,12,20")
        }
    }

    @Test func theSavedPlanIsTheOneThatRunsOrIsRefused() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            let before = try await InstanceState.of(primary)
            let plan = box.path + "/plan.json"
            let shown = try await box.pgstanza(
                "restore", shop.id, "--target", target, "--plan", "--save-plan", plan, "--json"
            ).expect(exit: 0).json()
            #expect(try await InstanceState.of(primary) == before)
            #expect(shown["steps"]?.arrayValue?.count == 8)
            #expect(shown["refusals"]?.arrayValue?.count == 0)

            // A newer backup would be chosen for nothing here, but a second incarnation is another cluster.
            try await box.pgstanza("restore", "apply", plan, "--yes").expect(exit: 0)
            #expect(try await primary.value("SELECT count(*) FROM t") == "1")
            let stale = try await box.pgstanza("restore", "apply", plan, "--yes", "--json").expect(exit: 73)
            let error = try stale.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "plan-stale")
            #expect(error?["message"]?.stringValue?.contains("timeline of n1 was 1") == true)
            #expect(try await primary.value("SELECT count(*) FROM t") == "1")
        }
    }

    @Test func anIdleDatabaseGoesToNowAndToAWhileAgo() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await Task.sleep(for: .seconds(4))
            let document = try await box.pgstanza(
                "restore", shop.id, "--target", "2 seconds ago", "--plan", "--json"
            ).expect(exit: 0).json()
            #expect(document["target"]?.stringValue?.hasPrefix("20") == true)
            try await shop.restore("--target", "2 seconds ago", "--reenable-backups")
            #expect(try await primary.value("SELECT x FROM t") == "first")
            // The second in which the full backup ended cannot be restored to.
            try await Task.sleep(for: .seconds(2))
            try await shop.restore("--target", "now")
            #expect(try await primary.value("SELECT x FROM t") == "first")
            #expect(try await primary.value("SELECT pg_is_in_recovery()") == "f")
        }
    }

    @Test func everyAcknowledgedCommitIsInTheRepository() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("CREATE TABLE looped (number bigserial, at timestamptz DEFAULT clock_timestamp())")
            try await primary.query(
                """
                CREATE PROCEDURE forever() LANGUAGE plpgsql AS $$
                BEGIN LOOP INSERT INTO looped DEFAULT VALUES; COMMIT; END LOOP; END $$
                """)
            let loop = try box.start(primary.psqlCommand() + ["-c", "CALL forever()"])
            let plain = try await primary.startWriter(table: "plain")
            let with = try await primary.startWriter(
                table: "with_rows",
                statement:
                    "WITH row AS (INSERT INTO with_rows (number) VALUES ({n}) RETURNING number) SELECT number FROM row")
            try await plain.waitForCommits(100)
            try await with.waitForCommits(100)
            // To the end of the archive: whatever was acknowledged before the fence closed must be there.
            try await shop.restore("--type", "default")
            _ = try await loop.wait(timeLimit: 30)
            for writer in [plain, with] {
                // What it wrote to the restored server counts as well, since it went on by itself.
                let acknowledged = try await writer.stop()
                let rows = Set(try await writer.rows())
                #expect(acknowledged.count > 100)
                #expect(Set(acknowledged).subtracting(rows) == [])
            }
            #expect(try await primary.value("SELECT count(*) > 100 FROM looped") == "t")
        }
    }

    @Test func aSecondOperationIsRefusedAtOnceOrWaits() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await primary.query("CREATE TABLE big AS SELECT i, md5(i::text) FROM generate_series(1, 400000) i")
            try await shop.backup()
            // Both look at the node and agree that it can be done; then one of them has the locks.
            let both = try [0, 1].map { _ in try box.startPgstanza("restore", shop.id, "--yes", "--json") }
            var ended: [ProgramResult] = []
            for one in both { ended.append(try await one.wait()) }
            #expect(ended.map(\.exitCode).sorted() == [0, 75])
            let busy = try #require(ended.first { $0.exitCode == 75 })
            #expect(try busy.jsonError()["error"]?["exit_code"]?.intValue == 75)
            #expect(busy.seconds < ended.map(\.seconds).max() ?? 0)
            #expect(try await primary.value("SELECT count(*) FROM big") == "400000")
        }
    }
}
