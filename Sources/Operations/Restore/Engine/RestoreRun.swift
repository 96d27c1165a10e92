import Catalog

/// One restore under way: what every step is handed.
struct RestoreRun: Sendable {
    var context: OperationContext
    var placement: DatabasePlacement
    var plan: RestorePlan
    var journal: JournalStore
    /// `databases/ID/restores/RESTORE`.
    var directory: String
    var tools: NodeTools

    var id: String { directory.split(separator: "/").last.map(String.init) ?? "" }

    func node(_ name: String) throws -> NodePlacement { try placement.node(name) }

    /// Where the node's own configuration files are kept while the restore lasts.
    func savedConfigurationDirectory(_ node: NodePlacement) -> String { "\(directory)/\(node.name)/conf" }

    func say(_ node: NodePlacement, _ text: String) {
        context.reporter.report(.phase(node: node.name, text: text))
    }

    /// A place at which tests can hold this process, to kill it there; see ``PausePoint``.
    func pause(_ point: String) async { await PausePoint.reach(point) }

    func warn(_ text: String) { context.reporter.report(.warning(text)) }
}

/// One of the eight steps, on one node.
///
/// Safe to enter at any time: it looks at the server and the files first, does what is missing, and returns.
protocol RestoreStep: Sendable {
    var name: RestoreStepName { get }
    /// What has to be done once for all nodes before the step's work on each. Returns what is left to do, by node.
    func prepare(_ run: RestoreRun) async throws -> [String: String]
    /// Does the step on `node`. Returns what is left to do beside the node itself, nil when nothing is.
    func perform(_ run: RestoreRun, on node: NodePlacement) async throws -> String?
    /// Whether ``conclude(_:)`` has anything to do: no node is done with the step before it.
    var concludes: Bool { get }
    /// What has to be done once for all nodes when the step's work on each is.
    /// Returns what is left to do, by node.
    func conclude(_ run: RestoreRun) async throws -> [String: String]
}

extension RestoreStep {
    func prepare(_ run: RestoreRun) async throws -> [String: String] { [:] }
    var concludes: Bool { false }
    func conclude(_ run: RestoreRun) async throws -> [String: String] { [:] }
}
