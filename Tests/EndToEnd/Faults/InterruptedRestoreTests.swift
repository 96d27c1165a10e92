import Foundation
import Glibc
import PositionedJSON
import Testing

/// What may follow a restore that was cut short, and what may not.
@Suite struct InterruptedRestoreTests {
    private func killed(at point: String) -> KillCase {
        KillCase(
            step: String(point.prefix { $0 != "." }), moment: .point(point), victim: .pgstanza)
    }

    @Test func resumeKilledTwiceAndResumed() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            let resume = ["restore", "resume", bench.shop.id]
            try await bench.hurt(killed(at: "tear-down-replicas.noted"), bench.restore(before))
            try await bench.hurt(killed(at: "restore-files.restored"), resume)
            try await bench.hurt(killed(at: "start-primary.own-settings"), resume)
            try await bench.resumeAndCheck(before)
        }
    }

    /// Two nodes are restored side by side when the power goes; both are finished, and both can be undone.
    @Test func thePowerGoesWhileTwoNodesAreRestored() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(nodes: 2)
            let primaries = try [shop.primary("n1"), shop.primary("n2")]
            try await box.pgstanza("backup", shop.id, "--type", "full").expect(exit: 0)
            try await Task.sleep(for: .seconds(1))
            for primary in primaries {
                try await primary.query("INSERT INTO t VALUES (2, '\(primary.name)')")
            }
            let target = try await shop.moment()
            var latest: [String] = []
            for primary in primaries {
                try await primary.query("INSERT INTO t VALUES (3, 'after'); DELETE FROM t WHERE i = 1")
                latest.append(try await primary.contents(of: "t"))
            }
            let paused = box.path + "/out/paused"
            let program = try box.start(
                [box.executable, "restore", shop.id, "--target", target, "--yes"],
                environment: ["PGSTANZA_TEST_PAUSE": "restore-files.restored", "PGSTANZA_TEST_PAUSED": paused])
            while !box.exists(paused) {
                try #require(SandboxProcess(program.pid) != nil)
                try await Task.sleep(for: .milliseconds(5))
            }
            try await box.cutPower()
            _ = try await program.wait()
            try? FileManager.default.removeItem(atPath: paused)

            let done = try await box.pgstanza("restore", "resume", shop.id, "--json").expect(exit: 0).json()
            #expect(done["state"]?.stringValue == "done")
            for primary in primaries {
                #expect(
                    try await primary.value("SELECT string_agg(x, ',' ORDER BY i) FROM t") == "first,\(primary.name)")
            }
            try await box.pgstanza("restore", "undo", shop.id, "--yes").expect(exit: 0)
            for (primary, contents) in zip(primaries, latest) {
                #expect(try await primary.contents(of: "t") == contents)
            }
        }
    }

    @Test func anUndoKilledTwiceAndResumed() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await box.pgstanza(bench.restore(before)).expect(exit: 0)
            try await bench.hurt(killed(at: "remove-backup-configuration.marked"), bench.undo)
            try await bench.hurt(killed(at: "restore-files.restored"), ["restore", "resume", bench.shop.id])
            try await bench.resumeAndCheck(before.undone)
        }
    }

    /// Backing out is no longer possible, going back is.
    @Test func anUnfinishedRestoreIsUndone() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: "start-primary.promoted"), bench.restore(before))
            let abort = try await box.pgstanza("restore", "abort", bench.shop.id, "--json").expect(exit: 73)
            #expect(try abort.jsonError()["error"]?["hint"]?.stringValue?.contains("restore undo shop") == true)
            let done = try await box.pgstanza(bench.undo).expect(exit: 0).json()
            #expect(done["state"]?.stringValue == "done")
            try await bench.check(before.undone)
        }
    }

    /// The second one must not go by what it read while the first was still at work: the database serves again.
    @Test func aResumeThatWaitedFindsNothingLeftToDo() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: "restore-files.begun"), bench.restore(before))
            let first = try box.startPgstanza("restore", "resume", bench.shop.id, "--json")
            // Before it has its locks the one that asks might be the one that gets them.
            while SandboxProcess(first.pid) != nil {
                let status = try await box.pgstanza("restore", "status", bench.shop.id, "--json").expect(exit: 0)
                if try status.json()["state"]?.stringValue == "running" { break }
            }
            var sawBusy = false
            while !sawBusy, SandboxProcess(first.pid) != nil {
                let second = try await box.pgstanza("restore", "resume", bench.shop.id, "--json")
                if second.exitCode == 75 { sawBusy = true } else { break }
            }
            #expect(sawBusy)
            let third = try await box.pgstanza(
                "restore", "resume", bench.shop.id, "--wait-lock", "120", "--json"
            ).expect(exit: 66)
            #expect(try third.jsonError()["error"]?["code"]?.stringValue == "nothing-under-way")
            try await first.wait().expect(exit: 0)
            try await bench.check(before)
        }
    }

    @Test func anotherRestoreBeforeFilesWereTouchedIsRefused() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: "stop-primary.performed"), bench.restore(before))
            // What really is, and not what the journal says.
            let status = try await box.pgstanza("restore", "status", bench.shop.id, "--json").expect(exit: 0).json()
            #expect(status["state"]?.stringValue == "interrupted")
            let now = status["observed"]?[0]
            #expect(now?["server"]?.stringValue == "stopped" && now?["fenced"] == .bool(true))
            #expect(now?["backups"]?.stringValue == "off")
            #expect(now?["replicas"]?[0]?["state"]?.stringValue == "moved aside")
            let again = try await box.pgstanza(bench.restore(before)).expect(exit: 73)
            let error = try again.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "restore-unfinished")
            for way in ["pgstanza restore resume shop", "pgstanza restore abort shop"] {
                #expect(error?["hint"]?.stringValue?.contains(way) == true)
            }
            try await bench.abortAndCheck(before)
        }
    }

    @Test(arguments: [
        "restore-files.restored", "start-primary.promoted",
    ])
    func anotherRestoreTakesThePlaceOfOneThatTouchedFiles(point: String) async throws {
        try await withSandbox("anotherRestoreTakesThePlace-\(point)") { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: point), bench.restore(before))
            let undo = try bench.journal()["facts"]?["n1"]?["undo"]
            // Killed once more before it touches a file itself: these are no longer the node's own.
            try await bench.hurt(killed(at: "stop-primary.performed"), bench.restore(before))
            let abort = try await box.pgstanza("restore", "abort", bench.shop.id, "--json").expect(exit: 73)
            #expect(try abort.jsonError()["error"]?["code"]?.stringValue == "too-late-to-abort")
            #expect(try bench.journal()["facts"]?["n1"]?["undo"] == undo)
            try await bench.resumeAndCheck(before)
        }
    }

    /// A target that preflight takes for good and recovery never reaches: said in one sentence, and another one works.
    @Test func recoveryThatDies() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: "restore-files.performed"), bench.restore(before))
            // As if the WAL had gone from the repository after the plan was made.
            let archive = try #require(
                FileManager.default.enumerator(atPath: box.path + "/repo")?.compactMap { $0 as? String }.map {
                    box.path + "/repo/" + $0
                })
            func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
            let marker = try #require(archive.map(name).filter { $0.hasSuffix(".backup") }.max())
            let segments = archive.filter {
                $0.contains("/archive/") && box.isFile($0) && name($0).hasPrefix("00000001")
                    && name($0).prefix(24) > marker.prefix(24) && !name($0).hasSuffix(".backup")
            }
            #expect(!segments.isEmpty)
            let away = try box.makeDirectory("away")
            for path in segments { rename(path, away + "/" + name(path)) }

            let failed = try await box.pgstanza("restore", "resume", bench.shop.id, "--json").expect(exit: 1)
            let error = try failed.jsonError()["error"]
            #expect(error?["code"]?.stringValue == "recovery-failed")
            #expect(
                error?["message"]?.stringValue?.contains(
                    "recovery ended before configured recovery target was reached") == true)
            for path in segments { rename(away + "/" + name(path), path) }
            try await box.pgstanza(bench.restore(before)).expect(exit: 0)
            try await bench.check(before)
        }
    }

    /// Cut at many places, and with a byte changed: the right rows or a refusal.
    @Test func aDamagedJournalIsRefused() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: "tear-down-replicas.noted"), bench.restore(before))
            let path = try bench.restoreDirectory() + "/journal.json"
            let whole = box.read(path)
            let bytes = Array(whole.utf8)
            let step = max(1, bytes.count / 12)
            for end in stride(from: 0, to: bytes.count - 3, by: step) {
                try box.write(path, String(decoding: bytes[..<end], as: UTF8.self), mode: 0o600)
                for command in [["resume"], ["abort"], ["status"]] {
                    let refused = try await box.pgstanza(["restore"] + command + [bench.shop.id, "--json"])
                    #expect(refused.exitCode == 73, "\(end): \(refused.summary)")
                    let error = try refused.jsonError()["error"]
                    #expect(error?["code"]?.stringValue == "journal-damaged")
                    #expect(error?["hint"]?.stringValue?.contains("pg_hba.conf") == true)
                }
            }
            // A byte changed, in places that are not the checksum's own name: never taken for what was written.
            let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
            for place in stride(from: 5, to: bytes.count - 60, by: isWhole ? 10 : bytes.count / 8) {
                var changed = bytes
                changed[place] ^= 0x01
                try box.write(path, String(decoding: changed, as: UTF8.self), mode: 0o600)
                for command in place % 2 == 0 ? ["resume"] : ["status"] {
                    let refused = try await box.pgstanza("restore", command, bench.shop.id, "--json")
                    #expect(refused.exitCode == 73, "\(place): \(refused.summary)")
                }
            }
            // A new restore does not take the fence for the node's own file either.
            for isGone in [false, true] {
                if isGone { try FileManager.default.removeItem(atPath: path) }
                let again = try await box.pgstanza(bench.restore(before)).expect(exit: 73)
                #expect(try again.jsonError()["error"]?["code"]?.stringValue == "journal-damaged")
            }
            try box.write(path, whole.replacing("\"format\" : 1", with: "\"format\" : 9"), mode: 0o600)
            try await box.pgstanza("restore", "resume", bench.shop.id).expect(exit: 73)
            try box.write(path, whole, mode: 0o600)
            try await bench.resumeAndCheck(before)
        }
    }

    /// A backup in the middle of it copies the configuration files, and must not copy the fence.
    @Test func aBackupBehindTheFence() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            try await bench.hurt(killed(at: "remove-subscriptions.performed"), bench.restore(before))
            _ = try await box.pgstanza("backup", bench.shop.id, "--type", "incr")
            let kept = box.read(box.home + "/databases/shop/n1/conf/pg_hba.conf")
            #expect(kept == before.files["pg_hba.conf"])
            try await bench.abortAndCheck(before)
        }
    }
}

extension Sandbox {
    func isFile(_ path: String) -> Bool {
        var information = stat()
        return lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
    }
}
