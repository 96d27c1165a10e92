import PgBackRest
import Processes

/// `pgbackrest restore` for one node; pure, so that the plan shows what is run.
struct RestoreInvocation {
    var order: RestoreOrder
    var node: NodePlacement
    var source: ChosenSource
    /// Settings that go into the restored `postgresql.auto.conf`, so that whoever starts the server starts it harmless.
    var quarantine: [String: String]

    /// Options whose value is several pairs, separated by commas; pgBackRest takes one option for each.
    private static let mapped: Set<String> = ["tablespace-map", "link-map"]

    var arguments: RestoreArguments {
        // type immediate writes recovery_target_timeline = 'current' by itself, and takes no other.
        let timeline = order.target == .immediate ? nil : source.timeline.map(String.init)
        return RestoreArguments(
            set: source.label, type: order.target.typeName, target: order.target.argument,
            targetExclusive: order.isExclusive, targetTimeline: timeline, delta: true, archiveModeOff: true,
            recoveryOptions: quarantine.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) },
            tablespaceMap: pairs("tablespace-map"), linkMap: pairs("link-map"),
            options: order.options.filter { !Self.mapped.contains($0.key) })
    }

    private func pairs(_ option: String) -> [String: String] {
        let list = (order.options[option] ?? "").split(separator: ",").compactMap { pair -> (String, String)? in
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        return Dictionary(list) { $1 }
    }

    /// The whole command line for people.
    func rendered() throws -> String {
        CommandLine(
            program: node.pgbackrestProgram,
            arguments: ["--config=\(node.restoreConfigPath)", "--stanza=\(node.stanza)"] + (try arguments.arguments())
                + ["restore"]
        ).rendered
    }
}
