import Catalog
import PositionedJSON
import Spec

extension DatabaseRecord {
    /// The accepted spec as a value.
    public func acceptedSpec() throws -> DatabaseSpec {
        try SpecReader.readDatabase(Array(spec.text(pretty: false).utf8), file: "the accepted spec of \(id)")
    }
}

extension OperationContext {
    /// What is remembered of a database, with its nodes as they are placed on the hosts.
    ///
    /// Throws `no-such-database` (66).
    public func load(_ id: String) throws -> (record: DatabaseRecord, placement: DatabasePlacement) {
        let record = try Databases(home: home).load(id)
        let placement = try DatabasePlacement(
            PlacementInputs(
                id: id, spec: try record.acceptedSpec(), record: record, home: home, host: host, ownerName: ownerName))
        return (record, placement)
    }
}
