import Foundation
import Glibc
import PositionedJSON
import Testing

/// Restores of nodes that have something going on which a restore would break, and of targets at the edges.
@Suite struct NodeRefusalTests {
    @Test func whatARunningNodeIsInTheMiddleOf() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop {
                $0 = $0.replacing("spec", "postgresql_conf", "max_prepared_transactions", with: .integer(5))
                    .replacing("spec", "postgresql_conf", "wal_level", with: .string("logical"))
            }
            let primary = try shop.primary()
            try await shop.backup()

            try await primary.query("BEGIN; INSERT INTO t VALUES (77, 'prepared'); PREPARE TRANSACTION 'waiting'")
            var node = try await Untouched(shop)
            try await node.expectRefusal(
                [], check: "prepared-transactions",
                saying: ["1 prepared transaction waits: waiting", "ROLLBACK PREPARED"])
            try await node.finish()
            try await primary.query("DROP TABLE written")
            try await primary.query("ROLLBACK PREPARED 'waiting'")

            // Somebody's, who would lose rows when it is gone.
            try await primary.query("SELECT pg_create_logical_replication_slot('theirs', 'test_decoding')")
            node = try await Untouched(shop)
            try await node.expectRefusal(
                [], code: "divergence", check: "replication", saying: ["logical slot theirs", "--accept-divergence"])
            try await node.finish()
            try await primary.query("DROP TABLE written")
            try await primary.query("SELECT pg_drop_replication_slot('theirs')")

            // Somebody works on the data directory, from whatever home.
            let holder = try box.start(["flock", primary.dataDirectory, "sleep", "60"])
            try await Task.sleep(for: .milliseconds(300))
            node = try await Untouched(shop)
            try await node.expectRefusal([], exit: 75, check: "busy", saying: ["in use by process", "--wait-lock"])
            try await node.finish()
            try await primary.query("DROP TABLE written")
            holder.signal(SIGKILL)
            _ = try await holder.wait()

            // A mistake in the file would keep the server from starting at the end.
            let server = primary.dataDirectory + "/postgresql.conf"
            try await box.run(["sh", "-c", "echo 'no_such_setting = 20' >> \(server)"]).expect(exit: 0)
            node = try await Untouched(shop)
            try await node.expectRefusal([], check: "configuration", saying: ["no_such_setting", "postgresql.conf"])
            try await node.finish()
            try await primary.query("DROP TABLE written")
            try await box.run(["sed", "-i", "$d", server]).expect(exit: 0)

            let stanza = box.path + "/repo/databases/shop/local/n1"
            node = try await Untouched(shop)
            try await box.run(["chmod", "000", stanza]).expect(exit: 0)
            try await node.expectRefusal([], check: "repository", saying: ["cannot be read", "Permission denied"])
            try await box.run(["chmod", "750", stanza]).expect(exit: 0)
            try await node.finish()
            try await primary.query("DROP TABLE written")
            try await box.pgstanza("restore", shop.id, "--plan").expect(exit: 0)
        }
    }

    @Test func whatIsOfferedInPlaceOfATargetCanBeRestored() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            // pgBackRest wants a target in a later second than the one in which the backup ended.
            try await Task.sleep(for: .seconds(2))
            try await primary.query("INSERT INTO t VALUES (3, 'third')")
            try await box.pgstanza("db", "stop", shop.id).expect(exit: 0)
            let refused = try await box.pgstanza(
                "restore", shop.id, "--type", "time", "--target", "now", "--yes", "--json"
            ).expect(exit: 73)
            let hint = try #require(try refused.jsonError()["error"]?["hint"]?.stringValue)
            let nearest = try #require(hint.firstMatch(of: /\d{4}-\d\d-\d\dT[\d:.]*Z/))
            try await shop.restore("--type", "time", "--target", String(nearest.output))
            #expect(try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,second")
        }
    }

    @Test func aCrashedServersLastCommitsAreWithinReach() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await Task.sleep(for: .seconds(1))
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (3, 'third')")
            try await primary.query("SELECT pg_create_restore_point('in the tail')")
            try await primary.query("INSERT INTO t VALUES (4, 'fourth')")
            // None of this is archived: the segment is not full.
            kill(try #require(primary.postmasterPID), SIGKILL)
            try await Task.sleep(for: .milliseconds(500))
            let plan = try await box.pgstanza(
                "restore", shop.id, "--type", "name", "--target", "in the tail", "--plan", "--json"
            ).expect(exit: 0).json()
            #expect(plan["refusals"]?.arrayValue?.isEmpty ?? true)
            try await shop.restore("--type", "time", "--target", target)
            #expect(try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,second")
        }
    }

    @Test func aStrangersServerInTheDataDirectory() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await box.pgstanza("db", "stop", shop.id).expect(exit: 0)
            try await box.run(["mv", primary.dataDirectory, box.path + "/own"]).expect(exit: 0)
            let other = try await box.startCluster("other")
            try await other.pgCtl("-m", "fast", "-w", "stop").expect(exit: 0)
            try await box.run(["cp", "-a", other.dataDirectory, primary.dataDirectory]).expect(exit: 0)
            try await box.run([
                Workspace.postgresPrograms + "/pg_ctl", "-D", primary.dataDirectory, "-w", "-l",
                box.path + "/other.log",
                "-o", "-p \(primary.port) -k \(primary.socketDirectory)", "start",
            ]).expect(exit: 0)
            var stranger = primary
            stranger.database = "postgres"
            let before = try await InstanceState.of(stranger)
            let refused = try await box.pgstanza(
                "restore", shop.id, "--consent", "other-cluster", "--consent", "wal-loss", "--yes", "--json"
            ).expect(exit: 73)
            let error = try refused.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "data-directory")
            #expect(error?["message"]?.stringValue?.contains("a server runs in it with pid") ?? false)
            #expect(try await InstanceState.of(stranger) == before)
        }
    }
}
