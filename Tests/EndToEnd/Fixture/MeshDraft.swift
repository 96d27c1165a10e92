import Foundation
import PositionedJSON

extension Sandbox {
    /// A spec document of nodes that replicate to each other by `provider`, each with the same `tables`: statements
    /// that are run when the database is made.
    func meshSpec(nodes: Int, provider: String = "pglogical", replicas: Int = 0, tables: [String]) throws -> JSONTree {
        try spec(nodes: nodes, replicas: replicas, replication: provider)
            .replacing("spec", "scripts", with: ["post_database_create": .array(tables.map { .string($0) })])
    }

    /// Creates a database whose nodes replicate to each other.
    func createMesh(
        nodes: Int, provider: String = "pglogical", replicas: Int = 0, tables: [String],
        change: (inout JSONTree) -> Void = { _ in }
    ) async throws -> Shop {
        var draft = try meshSpec(nodes: nodes, provider: provider, replicas: replicas, tables: tables)
        change(&draft)
        let file = try write("shop.json", draft.text(pretty: true))
        try await pgstanza("db", "create", file, "--yes").expect(exit: 0)
        return Shop(box: self, id: "shop", instances: try await instances(of: "shop"))
    }
}
