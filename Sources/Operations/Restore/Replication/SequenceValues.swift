import Catalog
import Postgres
import Replication

/// How far a sequence of a node had got.
struct SequenceValue: Sendable, Equatable, Codable {
    var database: String
    var relation: RelationName
    var value: Int64
}

/// Sequences of a node that becomes a copy of another: they come with the other's values, so that the node would give
/// out keys again that it gave out before.
enum SequenceValues {
    /// Those of the databases that take part in replication which have been used.
    static func read(_ parameters: ConnectionParameters, databases: [String]) async throws -> [SequenceValue] {
        var found: [SequenceValue] = []
        for database in Set(databases).sorted() {
            var parameters = parameters
            parameters.database = database
            found += try await Connection.with(parameters) { connection in
                try await connection.query(
                    """
                    SELECT schemaname, sequencename, last_value FROM pg_sequences
                     WHERE last_value IS NOT NULL AND increment_by > 0 ORDER BY 1, 2
                    """
                ).compactMap { row in
                    guard let value = row.integer("last_value") else { return nil }
                    return SequenceValue(
                        database: database,
                        relation: RelationName(schema: row["schemaname"] ?? "", name: row["sequencename"] ?? ""),
                        value: value)
                }
            }
        }
        return found
    }

    /// Moves the sequences to where they were, those that are behind. Gives a sentence for each that is not there.
    static func advance(_ values: [SequenceValue], _ parameters: ConnectionParameters) async throws -> [String] {
        var problems: [String] = []
        for (database, own) in Dictionary(grouping: values, by: \.database).sorted(by: { $0.key < $1.key }) {
            var parameters = parameters
            parameters.database = database
            problems += try await Connection.with(parameters) { connection in
                var missing: [String] = []
                for sequence in own {
                    let name = sequence.relation.quoted
                    guard try await connection.value("SELECT to_regclass($1)", [name]) != nil else {
                        missing.append("sequence \(sequence.relation) of \(database) is not in the restored data")
                        continue
                    }
                    _ = try await connection.query(
                        """
                        SELECT setval($1::regclass, $2::bigint) FROM \(name) WHERE last_value < $2::bigint
                        """, [name, String(sequence.value)])
                }
                return missing
            }
        }
        return problems
    }
}

extension RestoreReplication {
    private static func valuesPath(_ run: RestoreRun, _ node: String) -> String {
        "\(run.directory)/\(node)/sequences.json"
    }

    /// Keeps the values of a fenced node that will be a copy of another one, when they are to be put back.
    func noteSequences() async throws {
        guard run.plan.order.advancesSequences else { return }
        for inventory in inventories {
            let node = try run.node(inventory.node)
            guard run.plan.source(of: node.name)?.book.node != node.name, try run.tools.isRunning(node.primary) else {
                continue
            }
            let values = try await SequenceValues.read(
                run.tools.parameters(node.primary, of: node),
                databases: inventory.inventory.databases.map(\.database))
            try StateDocument.write(values, to: Self.valuesPath(run, node.name))
        }
    }

    /// Puts them back. Gives what could not be.
    static func advanceSequences(_ run: RestoreRun, _ node: NodePlacement) async throws -> [String] {
        let values = try StateDocument.readIfPresent([SequenceValue].self, from: valuesPath(run, node.name)) ?? []
        return try await SequenceValues.advance(values, run.tools.parameters(node.primary, of: node))
    }
}
