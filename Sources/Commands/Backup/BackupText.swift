import Operations
import PgBackRest
import PositionedJSON

/// Backups in documents and lines.
enum BackupText {
    /// A backup that was just taken; `database` where the document is about several.
    static func document(_ backup: TakenBackup, database: String? = nil) -> JSONTree {
        var members = members(backup.set, repository: backup.repository)
        members["node"] = .string(backup.node)
        if let database { members["database"] = .string(database) }
        return .object(members)
    }

    static func line(_ backup: TakenBackup) -> String {
        let set = backup.set
        let seconds = Int(set.stopped.seconds(since: set.started))
        return "\(backup.node): \(set.label), \(set.type.rawValue), \(NumberText.bytes(set.size)) "
            + "(\(NumberText.bytes(set.repositoryDelta)) stored) to \(backup.repository) in \(seconds) s"
    }

    static func members(_ set: BackupSet, repository: String) -> [String: JSONTree] {
        [
            "repository": .string(repository), "label": .string(set.label), "type": .string(set.type.rawValue),
            "started_at": JSONTree(set.started), "stopped_at": JSONTree(set.stopped),
            "annotations": .object(set.annotations.mapValues { .string($0) }), "size": .integer(set.size),
            "repository_size": set.repositorySize.map { .integer($0) } ?? .null,
            "repository_delta": .integer(set.repositoryDelta), "prior": JSONTree(set.prior),
            "timeline": set.timeline.map { .integer(Int64($0)) } ?? .null,
            "errors": set.hasErrors.map { .bool($0) } ?? .null,
        ]
    }
}
