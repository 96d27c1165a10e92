import Foundation
import Glibc
import PositionedJSON
import Testing

/// Failures that are not kills: each leaves a state that is said in one sentence, with the next command.
@Suite struct FailureTests {
    /// What a failed command says, and that `restore status` says the same afterwards.
    private func expectFailed(
        _ result: ProgramResult, in step: String, saying words: [String], _ bench: FaultBench
    ) async throws {
        #expect(result.exitCode != 0 && result.exitCode != 70, "\(result.summary)")
        let error = try result.jsonError()["error"]
        let message = error?["message"]?.stringValue ?? ""
        #expect(words.contains { message.contains($0) }, "\(message)")
        #expect(!message.contains("\n"))
        let status = try await bench.box.pgstanza("restore", "status", bench.shop.id, "--json").expect(exit: 0).json()
        #expect(status["state"]?.stringValue == "failed")
        #expect(status["next"]?.stringValue == "pgstanza restore resume shop")
        let node = status["steps"]?.arrayValue?.first { $0["name"]?.stringValue == step }?["nodes"]?[0]
        #expect(node?["state"]?.stringValue == "failed", "\(status.text(pretty: false))")
        #expect(node?["detail"]?.stringValue?.isEmpty == false)
    }

    /// pgBackRest ends with an error, and the node stays down, fenced, and is finished when the repository is back.
    @Test func theRepositoryGoesAwayBeforeTheFilesAreRestored() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            let (there, away) = (box.path + "/repo", box.path + "/repo-away")
            let failed = try await bench.hold(at: "restore-files.begun", bench.restore(before)) {
                #expect(rename(there, away) == 0)
            }
            try await expectFailed(failed, in: "restore-files", saying: ["pgbackrest restore failed"], bench)
            // Again, with the same end: nothing is made worse.
            let again = try await box.pgstanza("restore", "resume", bench.shop.id, "--json")
            try await expectFailed(again, in: "restore-files", saying: ["pgbackrest restore failed"], bench)
            #expect(rename(away, there) == 0)
            try await bench.resumeAndCheck(before)
        }
    }

    /// Without its archive a node is not stopped, and everything can still be put back.
    @Test func theRepositoryGoesAwayBeforeTheLastWALIsArchived() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            let (there, away) = (box.path + "/repo", box.path + "/repo-away")
            let stopped = try await bench.hold(at: "remove-backup-configuration.begun", bench.restore(before)) {
                #expect(rename(there, away) == 0)
            } meanwhile: {
                // Told to stop while it waits for the archiver, which tries again for as long as one lets it.
                try await bench.primary.waitFor("SELECT failed_count > 0 FROM pg_stat_archiver", toBe: "t")
                let task = try #require(try bench.journal()["task"]?.stringValue)
                try await box.pgstanza("task", "cancel", task).expect(exit: 0)
            }
            #expect(stopped.exitCode == 130, "\(stopped.summary)")
            #expect(bench.primary.postmasterPID != nil)
            #expect(rename(away, there) == 0)
            try await bench.abortAndCheck(before)
        }
    }

    @Test func aDirectoryThatCannotBeWritten() async throws {
        try await withSandbox { box in
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            let parent = URL(fileURLWithPath: bench.replica.dataDirectory).deletingLastPathComponent().path
            let failed = try await bench.hold(at: "tear-down-replicas.begun", bench.restore(before)) {
                chmod(parent, 0o500)
            }
            #expect(failed.exitCode == 77)
            try await expectFailed(failed, in: "tear-down-replicas", saying: ["Permission denied"], bench)
            chmod(parent, 0o700)
            try await bench.abortAndCheck(before)
        }
    }

    /// No room for the files, none for the journal, and room again.
    @Test(.enabled(if: SmallFileSystem.canBeMounted, "only root can mount a file system of a given size"))
    func noSpaceLeft() async throws {
        try await withSandbox { box in
            let small = try await SmallFileSystem(megabytes: 700, in: box)
            let bench = try await FaultBench(box) {
                $0 = $0.replacing("spec", "orchestrator_opts", "local", "pgdata", with: .string(small.path + "/pgdata"))
            }
            try await bench.primary.query("CREATE TABLE big AS SELECT md5(i::text) x FROM generate_series(1, 500000) i")
            try await bench.shop.backup("diff")
            let before = try await bench.prepare()
            let pgdata = bench.primary.dataDirectory
            let failed = try await bench.hold(at: "restore-files.begun", bench.restore(before)) {
                // As if somebody had taken the room that preflight saw, and the files had gone with a bad disk.
                for directory in [pgdata + "/base", pgdata + "/pg_wal"] {
                    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                        try FileManager.default.removeItem(atPath: directory + "/" + name)
                    }
                }
                try await small.fill(leaving: 20, in: box)
            }
            try await expectFailed(
                failed, in: "restore-files", saying: ["no space is left"], bench)
            #expect(try failed.jsonError()["error"]?["code"]?.stringValue == "no-space")
            try FileManager.default.removeItem(atPath: small.path + "/ballast")
            try await bench.resumeAndCheck(before)
        }
    }

    @Test(.enabled(if: SmallFileSystem.canBeMounted, "only root can mount a file system of a given size"))
    func noSpaceLeftForTheJournal() async throws {
        try await withSandbox { box in
            let small = try await SmallFileSystem(megabytes: 40, in: box)
            let bench = try await FaultBench(box)
            let before = try await bench.prepare()
            // The documents of restores alone lie on the small file system.
            let restores = box.home + "/databases/\(bench.shop.id)/restores"
            try FileManager.default.createSymbolicLink(atPath: restores, withDestinationPath: small.path)
            let failed = try await bench.hold(at: "tear-down-replicas.begun", bench.restore(before)) {
                _ = try await box.run(["dd", "if=/dev/zero", "of=\(small.path)/ballast", "bs=4k"])
            }
            #expect(failed.exitCode == 1, "\(failed.summary)")
            #expect(try failed.jsonError()["error"]?["message"]?.stringValue?.contains("No space left") == true)
            let full = try await box.pgstanza("restore", "resume", bench.shop.id, "--json").expect(exit: 1)
            #expect(try full.jsonError()["error"]?["message"]?.stringValue?.contains("No space left") == true)
            try FileManager.default.removeItem(atPath: small.path + "/ballast")
            try await bench.abortAndCheck(before)
        }
    }
}
