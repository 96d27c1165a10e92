import PositionedJSON

/// The hooks of a restore's target nodes: before anything is changed, after the end, and on failure.
struct RestoreHooks: Sendable {
    var tools: NodeTools
    var placement: DatabasePlacement
    var plan: RestorePlan

    /// Runs `before_restore` of every node in turn. The first that fails stops the restore: nothing is changed yet.
    func before() async throws {
        for node in try nodes() { try await Hooks(tools, node).run(.beforeRestore, about(node)) }
    }

    /// Runs `after_restore` of every node; `restore` is its id.
    func after(_ restore: String) async throws {
        for node in try nodes() {
            await Hooks(tools, node).runAfterwards(
                .afterRestore, about(node).merging(["restore": .string(restore)]) { $1 })
        }
    }

    /// Runs `on_failure` of every node; `restore` is nil when it had not begun.
    func failed(_ error: any Error, restore: String? = nil) async {
        for node in (try? nodes()) ?? [] {
            var about = about(node)
            if let restore { about["restore"] = .string(restore) }
            await Hooks(tools, node).runOnFailure(error, about)
        }
    }

    private func nodes() throws -> [NodePlacement] { try plan.nodeNames.map { try placement.node($0) } }

    private func about(_ node: NodePlacement) -> [String: JSONTree] {
        let source = plan.source(of: node.name)
        return [
            "operation": "restore", "target_type": .string(plan.order.target.typeName),
            "target": .string(plan.order.target.described), "backup": source.map { .string($0.label) } ?? .null,
            "source_node": source.map { .string($0.book.node) } ?? .null,
            "source_database": source.map { .string($0.book.databaseID) } ?? .null,
        ]
    }
}
