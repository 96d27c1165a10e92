import Foundation

/// What croniter, a well-known reading of cron expressions, says; see `Tests/Support/cron-reference`.
enum CronReference {
    /// Random expressions with an instant each, and the runs after and before it; nil where none is possible.
    struct Case: Sendable {
        var expression: String
        var from: Int64
        var next: Int64?
        var previous: Int64?
    }

    static func random(_ number: Int, seed: Int) async throws -> [Case] {
        try await run(["random", "\(number)", "\(seed)"]).map { columns in
            guard columns.count == 4, let from = Int64(columns[1]) else { throw FixtureError("\(columns)") }
            return Case(
                expression: columns[0], from: from, next: Int64(columns[2]), previous: Int64(columns[3]))
        }
    }

    /// How often each expression is due after its first instant, up to its last.
    static func counts(_ spans: [(expression: String, from: Int64, to: Int64)]) async throws -> [Int] {
        let input = spans.map { "\($0.expression)\t\($0.from)\t\($0.to)\n" }.joined()
        return try await run(["count"], input: input).map { columns in
            guard let count = Int(columns[0]) else { throw FixtureError("\(columns)") }
            return count
        }
    }

    private static func run(_ arguments: [String], input: String = "") async throws -> [[String]] {
        let directory = "/tmp/pgs-\(getpid())-reference-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(input.utf8).write(to: URL(fileURLWithPath: directory + "/input"))
        let script = Workspace.root + "/Tests/Support/cron-reference"
        let program = try RunningProgram.start(
            [Workspace.python, script] + arguments, environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"],
            directory: directory, inputPath: directory + "/input", outputPath: directory + "/output",
            errorPath: directory + "/errors", shownAs: shellQuoted(["cron-reference"] + arguments))
        return try await program.wait(timeLimit: 300).expect(exit: 0).lines.map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
