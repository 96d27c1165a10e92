import TargetTime

/// Where recovery stops.
public enum RestoreTarget: Sendable, Hashable, Codable {
    /// The end of what the archive holds.
    case latest
    /// As soon as the backup is consistent.
    case immediate
    case time(Instant)
    /// A write-ahead log position, such as `0/5000148`.
    case lsn(String)
    /// A transaction id, decimal.
    case xid(String)
    /// A restore point.
    case name(String)

    /// pgBackRest's `--type`.
    public var typeName: String {
        switch self {
        case .latest: "default"
        case .immediate: "immediate"
        case .time: "time"
        case .lsn: "lsn"
        case .xid: "xid"
        case .name: "name"
        }
    }

    /// pgBackRest's `--target`, in the only form of a time that it takes; nil where the type has none.
    public var argument: String? {
        switch self {
        case .latest, .immediate: nil
        case .time(let instant): instant.postgres
        case .lsn(let text), .xid(let text), .name(let text): text
        }
    }

    /// For people: what the plan echoes.
    public var described: String {
        switch self {
        case .latest: "the end of the archived WAL"
        case .immediate: "the moment the backup is consistent"
        case .time(let instant): instant.iso8601
        case .lsn(let text): "LSN \(text)"
        case .xid(let text): "transaction \(text)"
        case .name(let text): "restore point \(text)"
        }
    }
}
