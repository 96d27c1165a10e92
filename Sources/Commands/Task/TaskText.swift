import ArgumentParser
import Catalog
import PositionedJSON
import TargetTime

extension TaskRecord {
    /// The task as `--json` shows it.
    var document: JSONTree {
        .object([
            "id": .string(id), "kind": .string(kind), "database": .string(database), "nodes": JSONTree(nodes),
            "state": .string(state.rawValue), "started_at": JSONTree(startedAt), "ended_at": JSONTree(endedAt),
            "error": error?.document ?? .null, "command": .string(command), "pid": .integer(Int64(process.pid)),
            "progress": progress?.document ?? .null,
        ])
    }

    /// How long it took, or has taken until `now`; `-` when that is not known.
    func durationText(now: Instant) -> String {
        switch (state, endedAt) {
        case (_, let ended?): NumberText.duration(ended.seconds(since: startedAt))
        case (.running, nil): NumberText.duration(now.seconds(since: startedAt))
        default: "-"
        }
    }

    /// What `task show` prints.
    func lines(now: Instant, log: String) -> [String] {
        var lines = [
            "task      \(id)",
            "kind      \(kind) of \(database)" + (nodes.isEmpty ? "" : " " + nodes.joined(separator: ", ")),
            "state     \(state.rawValue)",
            "started   \(startedAt.wholeSeconds)",
            "ended     \(endedAt?.wholeSeconds ?? "-")",
            "duration  \(durationText(now: now))",
            "command   \(command)",
            "log       \(log)",
        ]
        if let progress, state == .running {
            let percent = progress.percent.map { " \(NumberText.fixed($0, digits: 1))%" } ?? ""
            lines.append("doing     \(progress.node.map { $0 + ": " } ?? "")\(progress.phase)\(percent)")
        }
        if let error {
            lines.append("error     \(error.message)")
            if let hint = error.hint { lines.append("hint      \(hint)") }
        }
        return lines.map(Printable.line)
    }
}

extension TaskError {
    fileprivate var document: JSONTree {
        .object([
            "code": .string(code), "message": .string(message), "hint": JSONTree(hint),
            "exit_code": .integer(Int64(exitCode)),
        ])
    }
}

extension TaskProgress {
    fileprivate var document: JSONTree {
        .object([
            "node": JSONTree(node), "phase": .string(phase), "percent": percent.map { .number($0) } ?? .null,
            "bytes_done": bytesDone.map { .integer($0) } ?? .null,
            "bytes_total": bytesTotal.map { .integer($0) } ?? .null, "updated_at": JSONTree(updatedAt),
        ])
    }
}

extension Instant {
    /// ISO 8601 in UTC without a fraction, for tables.
    var wholeSeconds: String { Instant(seconds: microseconds / 1_000_000).iso8601 }
}

/// Completion of task ids on the command line: the newest few.
enum TaskCompletion {
    static let kind = CompletionKind.custom { _, _, _ in
        let environment = Environment.current()
        let tasks = Tasks(home: Home(path: environment["PGSTANZA_HOME"] ?? Home.defaultPath))
        return (try? tasks.list().prefix(20).map(\.id)) ?? []
    }
}
