import Replication
import Spec

/// How the nodes of a database hand rows to each other: each to every other, in both directions.
struct Mesh: Sendable, Equatable {
    var provider: ReplicationProvider
    /// Names of the nodes, in the order of the spec.
    var nodes: [String]

    init(provider: ReplicationProvider, nodes: [String]) {
        self.provider = provider
        self.nodes = nodes
    }

    /// The nodes of a spec that do not ask to be left alone.
    init(provider: ReplicationProvider, of spec: DatabaseSpec) {
        let members = spec.effectiveNodes.filter { $0.local.replication?.provider != ReplicationOptions.Provider.none }
        self.init(provider: provider, nodes: members.map(\.name))
    }

    /// One direction between two nodes.
    struct Pair: Sendable, Equatable {
        /// Name of the node that sends.
        var provider: String
        /// Name of the node that receives, where the subscription is.
        var subscriber: String

        /// The subscription's name, as the control plane has it.
        var subscription: String { "sub_\(provider)_\(subscriber)" }
    }

    /// Every direction between two of the nodes.
    var pairs: [Pair] {
        nodes.flatMap { subscriber in
            nodes.filter { $0 != subscriber }.map { Pair(provider: $0, subscriber: subscriber) }
        }
    }

    /// Name of the native publication.
    static let publication = "pgstanza"

    /// What every subscription takes.
    var sets: [String] {
        provider == .native ? [Self.publication] : ["default", "default_insert_only", "ddl_sql"]
    }

    /// Settings of the servers. A row that two nodes change at once has one winner everywhere, the later change; the
    /// numbers leave room for nine nodes, with replicas and with slots of backups, so that a node more needs no restart.
    var settings: [String: String] {
        var settings = [
            "wal_level": "logical", "track_commit_timestamp": "on", "max_worker_processes": "48",
            "max_replication_slots": "96", "max_wal_senders": "48",
        ]
        switch provider {
        case .spock:
            settings["spock.conflict_resolution"] = "last_update_wins"
            settings["spock.enable_ddl_replication"] = "on"
            settings["spock.include_ddl_repset"] = "on"
        case .pglogical: settings["pglogical.conflict_resolution"] = "last_update_wins"
        case .native: settings["max_logical_replication_workers"] = "24"
        }
        return settings
    }

    /// `settings` with the mesh's own where they leave something open; the provider's library is always among those
    /// that are loaded.
    func completing(_ settings: [String: String]) -> [String: String] {
        var completed = self.settings.merging(settings) { $1 }
        guard let library = provider.replication.library else { return completed }
        let name = "shared_preload_libraries"
        let others = completed[name].map { $0.split(separator: ",").map { $0.trimmed } } ?? []
        if !others.contains(library) { completed[name] = ([library] + others).joined(separator: ", ") }
        return completed
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
