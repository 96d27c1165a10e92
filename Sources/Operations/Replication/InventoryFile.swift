import Catalog
import Postgres
import Replication

/// An inventory on disk, connection strings with a password in a file of their own.
struct InventoryFile: Sendable {
    /// Path of the inventory; the connection strings lie beside it.
    var path: String

    private var secretsPath: String { path.replacing(".json", with: ".secrets.json") }

    var exists: Bool { Directories.exists(path) }

    /// Secrets first: an inventory that is there is whole.
    func write(_ inventory: NodeReplication) throws {
        var secrets: [String: String] = [:]
        var number = 0
        let open = inventory.mapConnectionStrings { dsn in
            defer { number += 1 }
            guard var pairs = ConnectionString.parse(dsn), pairs.removeValue(forKey: "password") != nil else {
                return dsn
            }
            secrets[String(number)] = dsn
            return ConnectionString.text(pairs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
        try Directories.create(Directories.parent(of: path))
        try StateDocument.write(secrets, to: secretsPath)
        try SealedDocument.write(open, to: path)
    }

    /// Throws what reading does, `notFound` when there is none.
    func read() throws -> NodeReplication {
        let open = try SealedDocument.read(NodeReplication.self, from: path)
        let secrets = try StateDocument.readIfPresent([String: String].self, from: secretsPath) ?? [:]
        var number = 0
        return open.mapConnectionStrings { dsn in
            defer { number += 1 }
            return secrets[String(number)] ?? dsn
        }
    }
}

extension NodeReplication {
    /// The same with every connection string replaced, always in one order.
    fileprivate func mapConnectionStrings(_ change: (String) -> String) -> NodeReplication {
        var copy = self
        for index in copy.inventory.databases.indices {
            copy.inventory.databases[index].identity?.mapConnectionStrings(change)
            for place in copy.inventory.databases[index].subscriptions.indices {
                copy.inventory.databases[index].subscriptions[place].mapConnectionStrings(change)
            }
        }
        for index in copy.subscribers.indices {
            copy.subscribers[index].subscription.mapConnectionStrings(change)
            copy.subscribers[index].peer.dsn = copy.subscribers[index].peer.dsn.map(change)
        }
        for index in copy.silentPeers.indices {
            copy.silentPeers[index].peer.dsn = copy.silentPeers[index].peer.dsn.map(change)
        }
        return copy
    }
}

extension ReplicationIdentity {
    fileprivate mutating func mapConnectionStrings(_ change: (String) -> String) {
        for index in interfaces.indices { interfaces[index].dsn = change(interfaces[index].dsn) }
    }
}

extension ReplicationSubscription {
    fileprivate mutating func mapConnectionStrings(_ change: (String) -> String) {
        for index in interfaces.indices { interfaces[index].dsn = change(interfaces[index].dsn) }
    }
}
