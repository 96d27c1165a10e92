import Catalog
import Spec

extension DatabaseRecord {
    /// The repositories that a node wrote before and no longer does, oldest first.
    ///
    /// Throws what the reader says when the record was damaged.
    func pastRepositories(of node: String) throws -> [Repository] {
        try (nodes[node]?.previousRepositories ?? []).map { past in
            try SpecReader.readRepository(
                Array(past.repository.text(pretty: false).utf8), file: "a former repository of \(id) \(node)")
        }
    }
}
