import PgBackRest
import Processes

/// `pgbackrest restore` for one node; pure, so that the plan shows what is run.
struct RestoreInvocation {
    var order: RestoreOrder
    var node: NodePlacement
    var source: ChosenSource
    /// Settings that go into the restored `postgresql.auto.conf`, so that whoever starts the server starts it harmless.
    var quarantine: [String: String]

    /// What says where tablespaces and links go; what it comes to, together with where the node has its own, is in the
    /// chosen source.
    private static let placed: Set<String> = ["tablespace-map", "tablespace-map-all", "link-map", "link-all"]

    var arguments: RestoreArguments {
        // type immediate writes recovery_target_timeline = 'current' by itself, and takes no other.
        let timeline = order.target == .immediate ? nil : source.timeline.map(String.init)
        return RestoreArguments(
            set: source.label, type: order.target.typeName, target: order.target.argument,
            targetExclusive: order.isExclusive, targetTimeline: timeline, delta: true, archiveModeOff: true,
            recoveryOptions: quarantine.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) },
            tablespaceMap: source.tablespaces, linkMap: source.links,
            options: order.options.filter { !Self.placed.contains($0.key) })
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
