import Operations
import PositionedJSON

/// What a command does or would do, for people and as a document.
enum ChangeText {
    static func document(_ database: String, _ changes: [PlannedChange], files: [PlannedFile] = []) -> JSONTree {
        [
            "database": .string(database),
            "actions": .array(
                changes.map {
                    [
                        "node": JSONTree($0.node), "action": .string($0.action), "detail": .string($0.detail),
                    ]
                }),
            "files": .array(files.map { ["path": .string($0.path), "text": .string($0.text)] }),
        ]
    }

    /// One line for each change, then the files with their texts.
    static func lines(_ changes: [PlannedChange], files: [PlannedFile] = []) -> [String] {
        var lines = changes.map { change in
            (change.node.map { "\($0): " } ?? "") + "\(change.action): \(change.detail)"
        }
        for file in files {
            lines += ["", "file \(file.path)"]
            lines += file.text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
            if lines.last == "    " { lines.removeLast() }
        }
        return lines
    }
}
