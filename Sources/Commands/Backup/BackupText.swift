import PgBackRest
import PositionedJSON

/// Backups in documents.
enum BackupText {
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
