import ArgumentParser
import Operations
import PositionedJSON

/// `pgstanza backups`.
struct BackupsCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "backups",
        abstract: "List backups, and the times that can be restored to.",
        discussion: """
            A window goes from the end of its oldest backup to the last commit that is archived, on one timeline; \
            where WAL is missing it ends, and the next backup begins another. Repositories that a node wrote before a \
            restore are listed too.
            """)

    @Argument(help: "The database's id.", completion: DatabaseCompletion.kind)
    var id: String

    @Argument(help: "Only this node.")
    var node: String?

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    func execute(_ context: CommandContext) async throws {
        let nodes = try await BackupCatalogue(context.operation()).list(id, node: node)
        context.output.result(
            ["nodes": .array(nodes.map(Self.document))], text: Self.lines(nodes))
    }

    private static func document(_ node: NodeBackups) -> JSONTree {
        [
            "name": .string(node.node),
            "backups": .array(
                node.backups.map { backup in
                    var members = BackupText.members(backup.set, repository: backup.repository)
                    members["current"] = .bool(backup.isCurrent)
                    return .object(members)
                }),
            "windows": .array(
                node.windows.map {
                    [
                        "timeline": .integer(Int64($0.timeline)), "repository": .string($0.repository),
                        "from": JSONTree($0.from), "to": JSONTree($0.to),
                    ]
                }),
            "holding_slots": .array(
                node.held.map {
                    [
                        "name": .string($0.name), "provider": .string($0.provider), "bytes": .integer($0.bytes),
                        "xmin_age": .integer($0.xminAge), "lost": .bool($0.isLost),
                    ]
                }),
        ]
    }

    private static func lines(_ nodes: [NodeBackups]) -> [String] {
        var lines: [String] = []
        for node in nodes {
            if !lines.isEmpty { lines.append("") }
            guard !node.backups.isEmpty else {
                lines.append("\(node.node): no backups")
                continue
            }
            lines.append(node.node)
            var table = TextTable([
                ("label", .left), ("type", .left), ("stopped", .left), ("size", .right), ("stored", .right),
                ("repository", .left), ("annotations", .left),
            ])
            for backup in node.backups {
                let set = backup.set
                let notes = set.annotations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                table.add([
                    set.label, set.type.rawValue, set.stopped.iso8601, NumberText.bytes(set.size),
                    NumberText.bytes(set.repositoryDelta), backup.repository + (backup.isCurrent ? "" : " (before)"),
                    notes.joined(separator: " "),
                ])
            }
            lines += table.lines
            for window in node.windows {
                lines.append(
                    "timeline \(window.timeline): restorable from \(window.from.iso8601) to \(window.to.iso8601) "
                        + "(\(window.repository))")
            }
            for slot in node.held {
                lines.append(
                    slot.isLost
                        ? "slot \(slot.name) on \(slot.provider) is lost: what it was kept for can no longer be exact"
                        : "slot \(slot.name) on \(slot.provider) holds \(NumberText.bytes(slot.bytes)) of WAL, "
                            + "xmin age \(slot.xminAge)")
            }
        }
        return lines
    }
}
