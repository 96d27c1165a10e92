import Failures
import TargetTime

/// `restore_options` taken apart: what pgstanza decides by itself, and what is handed on to pgBackRest.
struct RestoreOptionSplit: Equatable {
    var target: RestoreTarget
    var set: String?
    var targetTimeline: String?
    var isExclusive: Bool
    /// Everything else, as it was written.
    var remaining: [String: String]

    /// Reads the options. `now` is what `now` and `10 minutes ago` are counted from.
    ///
    /// Throws `restore-options` (65) for combinations that mean nothing, and what `TargetTime` throws.
    init(_ options: [String: String], now: Instant) throws {
        var rest = options
        let type = rest.removeValue(forKey: "type")
        let text = rest.removeValue(forKey: "target")
        set = rest.removeValue(forKey: "set").flatMap { $0 == "latest" ? nil : $0 }
        targetTimeline = rest.removeValue(forKey: "target-timeline")
        let exclusive = rest.removeValue(forKey: "target-exclusive")
        isExclusive = exclusive == "y" || exclusive == "true"
        if let action = rest.removeValue(forKey: "target-action"), action != "promote" {
            throw Self.problem(
                "target-action \"\(action)\" is not possible: a restored node is always promoted",
                hint: "leave target-action out")
        }
        if rest.removeValue(forKey: "repo") != nil {
            throw Self.problem(
                "the option \"repo\" numbers repositories of a file that pgstanza writes itself",
                hint: "name the repository with restore_config.repository or --repository")
        }
        remaining = rest
        target = try Self.target(type: type, text: text, now: now)
        if isExclusive, !["time", "lsn", "xid"].contains(target.typeName) {
            throw Self.problem(
                "target-exclusive has no meaning with type \(target.typeName)",
                hint: "use it with type time, lsn or xid")
        }
    }

    private static func target(type: String?, text: String?, now: Instant) throws -> RestoreTarget {
        guard let type else {
            // A target without a type can only be a time: the others are not told apart by their form.
            return try text.map { .time(try TargetTime.parse($0, now: now)) } ?? .latest
        }
        switch type {
        case "default", "immediate":
            if let text {
                throw problem(
                    "type \(type) takes no target, and \"\(text)\" was given",
                    hint: "use type time, lsn, xid or name with a target")
            }
            return type == "default" ? .latest : .immediate
        case "time", "lsn", "xid", "name":
            guard let text, !text.isEmpty else {
                throw problem("type \(type) needs a target", hint: "add --target, or leave the type out")
            }
            switch type {
            case "time": return .time(try TargetTime.parse(text, now: now))
            case "lsn": return .lsn(text)
            case "xid": return .xid(text)
            default: return .name(text)
            }
        default:
            throw problem(
                "unknown restore type \"\(type)\"", hint: "use one of default, immediate, time, lsn, xid, name")
        }
    }

    private static func problem(_ message: String, hint: String) -> OperationError {
        OperationError(.invalidInput, code: "restore-options", message, hint: hint)
    }
}
