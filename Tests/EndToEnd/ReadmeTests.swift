import Foundation
import Testing

/// What README.md and the examples promise.
@Suite struct ReadmeTests {
    @Test func everyCommandInTheReadmeExists() async throws {
        try await withSandbox { box in
            let text = readText(Workspace.root + "/README.md")
            let commands = Set(
                text.matches(of: /pgstanza ((?:[a-z]+ ?)+)/).map { $0.1.split(separator: " ").map(String.init) })
            let help = try await box.pgstanza("--help").expect(exit: 0).output
            for words in commands {
                guard help.contains(try Regex("\\n  \(words[0])\\b")) else {
                    // Prose such as "pgstanza backs up".
                    let isClaimed = text.contains("`pgstanza \(words[0])")
                    #expect(!isClaimed, "no command \(words[0])")
                    continue
                }
                let group = ["db", "restore", "task", "schedule"].contains(words[0]) ? 2 : 1
                let result = try await box.pgstanza(Array(words.prefix(group)) + ["--help"])
                #expect(result.exitCode == 0, "\(words): \(result.errorOutput)")
            }
        }
    }

    @Test func everyOptionInTheReadmeExists() async throws {
        try await withSandbox { box in
            var known = try await box.pgstanza("--help").expect(exit: 0).output
            let commands = [
                ["db", "create"], ["db", "update"], ["db", "adopt"], ["backup"], ["restore", "in-place"],
                ["schedule", "next"],
                ["schedule", "install"],
            ]
            for command in commands {
                known += try await box.pgstanza(command + ["--help"]).expect(exit: 0).output
            }
            let text = readText(Workspace.root + "/README.md")
            // Those of other programs.
            let others: Set = ["--filter"]
            for match in text.matches(of: /--[a-z][a-z-]+/) where !others.contains(String(match.0)) {
                let isKnown = known.contains(match.0)
                #expect(isKnown, "\(match.0) is in no help")
            }
        }
    }

    @Test func everyExampleIsValid() async throws {
        try await withSandbox { box in
            let files = ["Examples", "Examples/requests"].flatMap { directory in
                ((try? FileManager.default.contentsOfDirectory(atPath: Workspace.root + "/" + directory)) ?? [])
                    .filter { $0.hasSuffix(".json") }.map { Workspace.root + "/\(directory)/\($0)" }
            }
            #expect(files.count >= 13)
            for file in files {
                let copy = try box.write(
                    "examples/" + URL(fileURLWithPath: file).lastPathComponent, readText(file))
                try await box.pgstanza("db", "validate", copy).expect(exit: 0)
            }
        }
    }
}
