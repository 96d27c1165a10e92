import Foundation
import Glibc
import PositionedJSON
import Testing

/// Restores that cannot end well are refused before anything is stopped: the server runs on, nothing is changed.
@Suite struct RefusalTests {
    @Test func targetsAndSetsThatAreNotThere() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let early = try await shop.moment()
            // Backups know the second in which they began: a moment within it lies in the backup, not before it.
            try await Task.sleep(for: .seconds(1.1))
            try await shop.backup()
            let primary = try shop.primary()
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            let second = try #require(try await shop.backup()["backups"]?[0])
            let label = try #require(second["label"]?.stringValue)
            let node = try await Untouched(shop)

            let future = try await node.expectRefusal(
                ["--type", "time", "--target", "2099-01-01T00:00:00Z"], check: "target", saying: ["future"])
            #expect(future.namesAnInstant)
            let oldest = try await node.expectRefusal(
                ["--type", "time", "--target", early], check: "backup-set", saying: ["before the oldest backup"])
            #expect(oldest.namesAnInstant)
            let started = try #require(second["started_at"]?.stringValue)
            let within = try await node.expectRefusal(
                ["--set", label, "--type", "time", "--target", started], check: "backup-set", saying: [label])
            #expect(within.namesAnInstant)
            try await node.expectRefusal(
                ["--set", "20200101-000000F"], exit: 66, check: "set-exists",
                saying: ["20200101-000000F", "pgstanza backups shop"])
            try await node.expectRefusal(
                ["--type", "name", "--target", "no-such-point"], check: "target", saying: ["no-such-point"])
            try await node.expectRefusal(
                ["--type", "xid", "--target", "4000000000"], check: "target", saying: ["4000000000"])
            try await node.expectRefusal(
                ["--type", "lsn", "--target", "FF/FF000000"], check: "target", saying: ["FF/FF000000"])
            try await node.finish()
        }
    }

    @Test func repositoriesThatAreEmptyOrElsewhere() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let node = try await Untouched(shop)
            try await node.expectRefusal([], check: "repository", saying: ["no backup", "pgstanza backup shop"])
            let elsewhere = try box.posixRepository(path: "nothing-here").text(pretty: false)
            try await node.expectRefusal(
                ["--repository", elsewhere], check: "repository", saying: ["base_path"])
            let bad = try await box.pgstanza(
                "restore", "shop", "--repository", #"{"type": "posix"}"#, "--yes", "--json"
            ).expect(exit: 65)
            #expect(try bad.jsonError()["error"]?["message"]?.stringValue?.isEmpty == false)
            try await node.finish()
        }
    }

    @Test func aTimeThatOnlyAnOlderTimelineHas() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("INSERT INTO t VALUES (2, 'kept')")
            let kept = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (3, 'on timeline 1 only')")
            let undone = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (4, 'later')")
            try await primary.query("SELECT pg_switch_wal()")
            // Going on in the old place, so that both timelines are in one archive.
            try await shop.restore("--type", "time", "--target", kept)
            try await box.pgstanza("db", "update", shop.id, "--same-repository", "--yes").expect(exit: 0)
            try await primary.query("INSERT INTO t VALUES (5, 'on timeline 2')")
            try await primary.query("SELECT pg_switch_wal()")

            let node = try await Untouched(shop)
            let text = try await node.expectRefusal(
                ["--type", "time", "--target", undone], check: "timeline", saying: ["target-timeline=1"])
            #expect(text.contains("timeline"))
            try await node.finish()
            try await shop.restore("--type", "time", "--target", undone, "--option", "target-timeline=1")
            #expect(try await primary.value("SELECT string_agg(i::text, ',' ORDER BY i) FROM t") == "1,2,3")
        }
    }

    @Test func aMissingSegmentInTheMiddle() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("INSERT INTO t VALUES (2, 'before the gap')")
            let reachable = try await shop.moment()
            // Recovery stops at the first commit after the target, which has to be there.
            try await primary.query("INSERT INTO t VALUES (6, 'the stop')")
            try await primary.query("SELECT pg_switch_wal()")
            try await primary.query("INSERT INTO t VALUES (3, 'in the gap')")
            let lost = try await primary.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
            try await primary.query("SELECT pg_switch_wal()")
            try await primary.query("INSERT INTO t VALUES (4, 'after the gap')")
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (5, 'last')")
            let last = try await primary.value("SELECT pg_walfile_name(pg_switch_wal())")
            try await primary.waitFor("SELECT last_archived_wal >= '\(last)' FROM pg_stat_archiver", toBe: "t")
            let archive = box.path + "/repo/databases/shop/local/n1/archive"
            let files = FileManager.default.enumerator(atPath: archive)?.compactMap { $0 as? String } ?? []
            let file = try #require(files.first { $0.contains(lost) })
            try FileManager.default.removeItem(atPath: archive + "/" + file)

            let node = try await Untouched(shop)
            let text = try await node.expectRefusal(
                ["--type", "time", "--target", target], check: "archived-wal", saying: [lost])
            #expect(text.namesAnInstant)
            try await node.finish()
            try await shop.restore("--type", "time", "--target", reachable)
            #expect(try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,before the gap")
        }
    }

    @Test func theEndOfTheArchiveWithTheServerDown() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("INSERT INTO t VALUES (2, 'last')")
            try await box.pgstanza("db", "stop", shop.id).expect(exit: 0)
            let target = try await box.run(["date", "-u", "+%Y-%m-%dT%H:%M:%S.%6NZ"]).output.trimmingCharacters(
                in: .newlines)
            try await Task.sleep(for: .seconds(1.1))
            let control = try FileManager.default.attributesOfItem(atPath: primary.dataDirectory + "/global/pg_control")
            let refused = try await box.pgstanza(
                "restore", shop.id, "--type", "time", "--target", target, "--yes", "--json"
            ).expect(exit: 73).jsonError()
            let text = refused.text(pretty: false)
            #expect(refused["error"]?["code"]?.stringValue == "target")
            #expect(text.contains("after the end of the archived WAL") && text.contains("--type default"))
            #expect(text.namesAnInstant)
            let after = try FileManager.default.attributesOfItem(atPath: primary.dataDirectory + "/global/pg_control")
            #expect(after[.modificationDate] as? Date == control[.modificationDate] as? Date)
            #expect(primary.postmasterPID == nil)
        }
    }

    @Test func theDirectoryOfAnotherCluster() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            // Somebody put another cluster in its place.
            try await box.pgstanza("db", "stop", shop.id).expect(exit: 0)
            try await box.run(["mv", primary.dataDirectory, box.path + "/own"]).expect(exit: 0)
            let stranger = try await box.startCluster("stranger")
            try await stranger.query("CREATE TABLE strange AS SELECT 1 AS one")
            try await stranger.pgCtl("-m", "fast", "-w", "stop").expect(exit: 0)
            try await box.run(["mv", stranger.dataDirectory, primary.dataDirectory]).expect(exit: 0)

            let command = ["restore", shop.id, "--yes", "--json", "--consent", "wal-loss", "--consent", "no-way-back"]
            let refused = try await box.pgstanza(command).expect(exit: 73).jsonError().text(pretty: false)
            #expect(refused.contains("other-cluster"))
            #expect(
                try await systemIdentifier(in: primary.dataDirectory, box)
                    != systemIdentifier(in: box.path + "/own", box))
            try await box.pgstanza(command + ["--consent", "other-cluster"]).expect(exit: 0)
            #expect(try await primary.value("SELECT x FROM t") == "first")
        }
    }

    @Test func anotherMajorVersion() async throws {
        try await withSandbox { box in
            let programs = try box.makeDirectory("programs")
            for name in try FileManager.default.contentsOfDirectory(atPath: Workspace.postgresPrograms) {
                symlink(Workspace.postgresPrograms + "/" + name, programs + "/" + name)
            }
            let shop = try await box.createShop {
                $0 = $0.replacing("spec", "orchestrator_opts", "local", "bin_dir", with: .string(programs))
            }
            try await shop.backup()
            let node = try await Untouched(shop)
            for name in ["postgres", "pg_ctl", "initdb", "pg_controldata", "pg_basebackup", "pg_waldump"] {
                let real = Workspace.postgresPrograms + "/" + name
                unlink(programs + "/" + name)
                try box.write(
                    "programs/" + name,
                    "#!/bin/sh\n[ \"$1\" = --version ] && { echo '\(name) (PostgreSQL) 14.9'; exit; }\nexec \(real) \"$@\"\n",
                    mode: 0o755)
            }
            try await node.expectRefusal([], check: "postgres-version", saying: ["14", "15"])
            try await node.finish()
        }
    }

    @Test func noPgBackRest() async throws {
        try await withSandbox { box in
            let program = box.path + "/pgbackrest"
            symlink("/usr/bin/pgbackrest", program)
            let shop = try await box.createShop {
                $0 = $0.replacing("spec", "orchestrator_opts", "local", "pgbackrest", "bin", with: .string(program))
            }
            try await shop.backup()
            let node = try await Untouched(shop)
            rename(program, program + ".away")
            try await node.expectRefusal([], exit: 69, check: "pgbackrest", saying: [program])
            // The archiver needs it.
            rename(program + ".away", program)
            try await node.finish()
        }
    }

    @Test func lowerLimitsThanTheSourceHad() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop {
                $0 = $0.replacing("spec", "postgresql_conf", "max_connections", with: .integer(200))
            }
            let primary = try shop.primary()
            try await shop.backup()
            let target = try await shop.moment()
            try await primary.query("INSERT INTO t VALUES (2, 'second')")
            try await primary.query("ALTER SYSTEM SET max_connections = 50")
            try await box.pgstanza("db", "stop", shop.id).expect(exit: 0)
            try await box.pgstanza("db", "start", shop.id).expect(exit: 0)
            #expect(try await primary.value("SHOW max_connections") == "50")
            let node = try await Untouched(shop)
            try await node.expectRefusal(
                ["--type", "time", "--target", target], check: "settings", saying: ["max_connections", "200", "50"])
            try await node.finish()
        }
    }

    @Test func aBackupUnderWay() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await primary.query("CREATE TABLE big AS SELECT md5(i::text) x FROM generate_series(1, 900000) i")
            let node = try await Untouched(shop)
            let backup = try box.startPgstanza("backup", shop.id, "--type", "full", "--option", "compress-type=bz2")
            for _ in 0..<200 where !box.read("out").isEmpty { break }
            try await Task.sleep(for: .seconds(2))
            try await node.expectRefusal([], exit: 75, check: "busy", saying: ["backup", "--wait-lock"])
            #expect(kill(backup.pid, 0) == 0, "the backup was to be under way still")
            try await backup.wait().expect(exit: 0)
            try await node.finish()
        }
    }

    @Test func somethingThatWouldStartTheServerAgain() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            let primary = try shop.primary()
            try await shop.backup()
            try await box.pgstanza("db", "stop", shop.id).expect(exit: 0)
            let postgres = Workspace.postgresPrograms + "/postgres"
            let keeper = try box.write(
                "keeper.sh", "#!/bin/bash\nwhile :; do \(postgres) -D \(primary.dataDirectory); sleep 0.2; done\n",
                mode: 0o755)
            _ = try box.start([keeper])
            try await primary.waitFor("SELECT 1", toBe: "1")
            let node = try await Untouched(shop)
            try await node.expectRefusal([], check: "supervisor", saying: ["keeper.sh"])
            try await node.finish()
        }
    }

    @Test func aConfigurationThatCannotBeRead() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.backup()
            let node = try await Untouched(shop)
            let file = node.primary.dataDirectory + "/postgresql.conf"
            chmod(file, 0o000)
            let result = try await box.pgstanza("restore", shop.id, "--yes", "--json").expect(exit: 73)
            #expect(try result.jsonError()["error"]?["code"]?.stringValue == "configuration")
            #expect(result.errorOutput.contains("postgresql.conf"))
            chmod(file, 0o600)
            #expect(try await InstanceState.of(node.primary) == node.before)
            try await node.finish()
        }
    }

    @Test(.enabled(if: Account.testsRunAsRoot, "only root can give a directory to somebody else"))
    func aDirectoryOfSomebodyElse() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop()
            try await shop.backup()
            let primary = try shop.primary()
            let pid = primary.postmasterPID
            chown(primary.dataDirectory, 65534, 65534)
            let result = try await box.pgstanza("restore", shop.id, "--yes", "--json").expect(exit: 77)
            chown(primary.dataDirectory, box.account.uid, box.account.gid)
            #expect(try result.jsonError()["error"]?["message"]?.stringValue?.contains("nobody") == true)
            #expect(primary.postmasterPID == pid)
            #expect(try await primary.value("SELECT x FROM t") == "first")
        }
    }

    @Test(.enabled(if: SmallFileSystem.canBeMounted, "only root can mount a file system of a given size"))
    func noRoomForTheCluster() async throws {
        try await withSandbox { box in
            let small = try await SmallFileSystem(megabytes: 800, in: box)
            let shop = try await box.createShop {
                $0 = $0.replacing("spec", "orchestrator_opts", "local", "pgdata", with: .string(small.path + "/pgdata"))
            }
            let primary = try shop.primary()
            try await primary.query("CREATE TABLE big AS SELECT md5(i::text) x FROM generate_series(1, 2000000) i")
            try await shop.backup()
            try await primary.query("DROP TABLE big")
            try await primary.query("CHECKPOINT")
            let node = try await Untouched(shop)
            // Room for two segments of WAL, which is what the writer needs, and not for the table.
            try await small.fill(leaving: 40, in: box)
            try await node.expectRefusal(["--type", "immediate"], check: "free-space", saying: ["MB more"])
            try await node.finish()
        }
    }

    private func systemIdentifier(in directory: String, _ box: Sandbox) async throws -> String {
        let text = try await box.run([Workspace.postgresPrograms + "/pg_controldata", directory]).expect(exit: 0).output
        return String(text.split(separator: "\n").first { $0.hasPrefix("Database system identifier") } ?? "")
    }
}
