import Catalog
import PositionedJSON
import Spec

/// A repository that has something of a node.
struct NodeRepository: Sendable, Equatable {
    /// Its id, or its type where it has none.
    var name: String
    var repository: Repository
    /// The spec names it for the node's backups now.
    var isCurrent: Bool
}

/// The repositories that have something of a node.
enum NodeRepositories {
    /// Those of the spec first, then those that were written before, newest first; no place twice.
    static func of(_ node: NodePlacement, _ record: NodeRecord?) throws -> [NodeRepository] {
        var found: [NodeRepository] = []
        func add(_ repository: Repository, isCurrent: Bool) {
            guard !found.contains(where: { $0.repository.place == repository.place }) else { return }
            found.append(NodeRepository(name: name(of: repository), repository: repository, isCurrent: isCurrent))
        }
        for repository in node.spec.backupConfig?.repositories ?? [] { add(repository, isCurrent: true) }
        for tree in record?.lastRepositories ?? [] { add(try read(tree), isCurrent: false) }
        for past in (record?.previousRepositories ?? []).reversed() {
            var repository = try read(past.repository)
            if let path = past.path { repository.customOptions["path"] = path }
            add(repository, isCurrent: false)
        }
        return found
    }

    /// What people call a repository: its id, or its type where it has none.
    static func name(of repository: Repository) -> String { repository.id ?? repository.kind.typeName }

    /// Reads a repository back out of a record.
    static func read(_ tree: JSONTree) throws -> Repository {
        try SpecReader.readRepository(Array(tree.text(pretty: false).utf8), file: "database.json")
    }
}
