import Catalog
import Spec

/// A book with everything that is needed to read it, secrets included; never written but to pgBackRest's own file.
struct LocatedBook: Sendable {
    var reference: BookReference
    var repository: Repository
    var stanza: String
}

/// Finds the repository that a reference means, in the accepted spec, the record or the request.
struct BookLocator: Sendable {
    var placement: DatabasePlacement
    var record: DatabaseRecord
    /// `restore_config.repository` of the request.
    var request: Repository?

    /// Throws `book-missing` (73) when what the reference means is no longer there.
    func locate(_ reference: BookReference) throws -> LocatedBook {
        let own = placement.nodes.first { $0.name == reference.node }
        let stanza = own?.stanza ?? placement.nodes.first?.stanza ?? "db"
        return LocatedBook(
            reference: reference, repository: try repository(reference, own), stanza: stanza)
    }

    private func repository(_ reference: BookReference, _ node: NodePlacement?) throws -> Repository {
        let found: Repository?
        switch reference.origin {
        case .accepted(let index):
            let list = (node ?? placement.nodes.first)?.spec.backupConfig?.repositories ?? []
            found = list.indices.contains(index) ? list[index] : nil
        case .previous(let index):
            let list = try record.pastRepositories(of: reference.node)
            found = list.indices.contains(index) ? list[index] : nil
        case .request:
            found = request
        }
        guard let found else {
            throw OperationError(
                .refused, code: "book-missing",
                "repository \(reference.repositoryName) of \(reference.node) is no longer known",
                hint: "name it with --repository, or make a new plan")
        }
        return found
    }
}
