import Postgres

/// Finds out from the catalogs of every database how a server takes part in logical replication.
public enum InventoryReader {
    /// `parameters` name the server; its database is replaced by each one in turn. Databases that allow no connections
    /// hold no subscription that could be at work, and are passed over. Throws what the sessions throw.
    public static func read(_ parameters: ConnectionParameters) async throws -> ReplicationInventory {
        var parameters = parameters
        parameters.database = "postgres"
        let (databases, slots) = try await Connection.with(parameters) { connection in
            let names = try await connection.query(
                "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template1' ORDER BY datname")
            return (names.compactMap { $0["datname"] }, try await LogicalSlots.all(connection))
        }
        var inventory = ReplicationInventory(slots: slots)
        for database in databases {
            parameters.database = database
            inventory.databases += try await Connection.with(parameters) { connection in
                var found: [DatabaseReplication] = []
                for provider in ReplicationProvider.allCases {
                    if let part = try await provider.replication.read(connection), !part.isEmpty { found.append(part) }
                }
                return found
            }
        }
        return inventory
    }
}
