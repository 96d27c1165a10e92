import Catalog
import Failures
import Postgres
import Spec

/// Brings one node to what the wanted spec says: each part looks at the server and the files first and does what is
/// missing.
struct NodeUpdate {
    var tools: NodeTools
    var plan: UpdatePlan
    /// As the spec in force places it.
    var before: NodePlacement
    /// As the wanted spec places it.
    var node: NodePlacement
    var facts: UpdateFacts
    var present: DatabaseSpec
    var wanted: DatabaseSpec
    var keepsRepository: Bool

    func run() async throws {
        let settings = SettingsUpdate(update: self)
        try await settings.run()
        try await UserUpdate(update: self).run()
        // Before the replicas: one that cannot be built must not keep a node from being backed up.
        try await BackupUpdate(update: self).run()
        try await ReplicaUpdate(update: self).run()
        if node.primary.isHere, facts.isRunning { try await tools.refreshSavedConfiguration(node) }
    }

    func has(_ kinds: UpdateChange.Kind...) -> Bool {
        plan.steps.contains { $0.node == node.name && kinds.contains($0.kind) }
    }

    /// What the changes of a kind are about.
    func subjects(_ kinds: UpdateChange.Kind...) -> [String] {
        plan.steps.filter { $0.node == node.name && kinds.contains($0.kind) }.map(\.subject)
    }

    func say(_ text: String) { tools.say(node, text) }
}
