import Replication
import Spec

/// What decides how a node can replicate.
struct MeshCandidate: Sendable, Equatable {
    var name: String
    /// What the spec asks for; nil when it says nothing.
    var asked: ReplicationOptions.Provider?
    /// What is known of it on this machine; nil for a node that lives elsewhere.
    var facts: Facts?

    struct Facts: Sendable, Equatable {
        /// Directory of its Postgres programs.
        var binDir: String
        var major: Int
        /// The extensions that are installed with them.
        var installed: Set<ReplicationProvider>
        /// The cluster was there before pgstanza.
        var isAdopted: Bool
        /// What it is made from, its source named; nil for a cluster that is new or was there.
        var restored: RestoreConfig?
        /// Settings of a server that keeps its own; nil for one whose files pgstanza is going to write.
        var own: ServerSettings?
        /// `wal_level` that the spec asks for.
        var specWALLevel: String?
    }

    struct ServerSettings: Sendable, Equatable {
        /// `wal_level`.
        var walLevel: String
        /// `shared_preload_libraries`.
        var libraries: [String]
    }
}

/// Chooses how the nodes of a new database are connected: pure.
struct MeshChooser {
    var nodes: [MeshCandidate]
    /// What was chosen when the create began.
    var remembered: ReplicationProvider?

    /// nil for nodes that stay by themselves, with a sentence that says so where somebody might expect otherwise.
    ///
    /// Throws what can only go wrong, before anything is made: `two-providers`, `native-needs-16`, `wal-level` (65),
    /// `provider-missing` (69), `not-logical` and `different-data` (73).
    func choose() throws -> (mesh: Mesh?, warning: String?) {
        let members = nodes.filter { $0.asked != ReplicationOptions.Provider.none }
        guard members.count > 1 else { return (nil, nil) }
        guard let provider = try asked(members) ?? remembered ?? found(members) else {
            return (nil, unconnected(members))
        }
        if let problem = difference(members) {
            throw OperationError(
                .refused, code: "different-data",
                "\(provider.rawValue) would connect nodes that do not begin with the same rows, and what differs would "
                    + "stay different: \(problem)",
                hint: "give all nodes one restore_config, with source_node_name and one target; or set "
                    + "orchestrator_opts.local.replication to none, and each node is a database of its own")
        }
        for member in members { try check(member, provider) }
        return (Mesh(provider: provider, nodes: members.map(\.name)), nil)
    }

    private func asked(_ members: [MeshCandidate]) throws -> ReplicationProvider? {
        var first: (name: String, provider: ReplicationOptions.Provider)?
        for member in members {
            guard let asked = member.asked else { continue }
            if let first, first.provider != asked {
                throw OperationError(
                    .invalidInput, code: "two-providers",
                    "\(first.name) is to replicate by \(first.provider.rawValue) and \(member.name) by \(asked.rawValue)",
                    hint: "nodes of one database need one provider: set orchestrator_opts.local.replication of the spec"
                )
            }
            first = first ?? (member.name, asked)
        }
        return first.flatMap { ReplicationProvider(rawValue: $0.provider.rawValue) }
    }

    /// The best that all new clusters of this machine have. Clusters that were there are left as they are.
    private func found(_ members: [MeshCandidate]) -> ReplicationProvider? {
        let facts = members.compactMap(\.facts)
        guard !facts.isEmpty, !facts.contains(where: \.isAdopted), difference(members) == nil else { return nil }
        for provider in [ReplicationProvider.spock, .pglogical]
        where facts.allSatisfy({ $0.installed.contains(provider) }) {
            return provider
        }
        return facts.allSatisfy { $0.major >= Self.firstNative } ? .native : nil
    }

    /// Why nodes of which some are made from backups do not all begin with the same rows; nil when they do.
    private func difference(_ members: [MeshCandidate]) -> String? {
        guard let first = members.first(where: { $0.facts?.restored != nil }), let config = first.facts?.restored else {
            return nil
        }
        for other in members where other.name != first.name {
            guard let facts = other.facts else {
                return "\(first.name) is made from a backup here, and \(other.name) lives on another host"
            }
            guard let theirs = facts.restored else {
                return "\(first.name) is made from a backup, and \(other.name) is not"
            }
            if theirs == config { continue }
            return "\(first.name) is made from a backup of \(Self.text(config)), and \(other.name) from one of "
                + Self.text(theirs)
        }
        return nil
    }

    private static func text(_ config: RestoreConfig) -> String {
        let options = config.restoreOptions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return [config.sourceDatabaseID, config.sourceNodeName].compactMap { $0 }.joined(separator: " ")
            + (options.isEmpty ? "" : " (\(options.joined(separator: ", ")))")
    }

    private func unconnected(_ members: [MeshCandidate]) -> String {
        let names = members.map(\.name).joined(separator: ", ")
        return members.contains { ($0.facts?.isAdopted ?? false) || $0.facts?.restored != nil }
            ? "\(names) are left as connected as they are; to have them connected, ask for a provider in "
                + "orchestrator_opts.local.replication"
            : "\(names) are not connected: neither spock nor pglogical is installed, and native replication in both "
                + "directions needs PostgreSQL \(Self.firstNative)"
    }

    /// Before, a subscription could not tell a peer's own rows from those that the peer had from us.
    private static let firstNative = 16

    private func check(_ member: MeshCandidate, _ provider: ReplicationProvider) throws {
        guard let facts = member.facts else { return }
        guard provider != .native || facts.major >= Self.firstNative else {
            throw OperationError(
                .invalidInput, code: "native-needs-16",
                "native replication in both directions needs PostgreSQL \(Self.firstNative), and \(member.name) runs "
                    + "\(facts.major): there every row would be sent back to where it came from",
                hint: "use pglogical or spock in orchestrator_opts.local.replication, or none")
        }
        guard provider == .native || facts.installed.contains(provider) else {
            throw OperationError(
                .unavailable, code: "provider-missing",
                "\(provider.rawValue) is not installed with the PostgreSQL in \(facts.binDir), which \(member.name) runs",
                hint: "install it on this host, or name another bin_dir or provider in orchestrator_opts.local")
        }
        guard let own = facts.own else {
            guard facts.specWALLevel ?? "logical" == "logical" else {
                throw OperationError(
                    .invalidInput, code: "wal-level",
                    "the spec sets wal_level = \(facts.specWALLevel ?? "") for \(member.name), and replication needs "
                        + "logical",
                    hint: "take wal_level out of postgresql_conf")
            }
            return
        }
        let missing = provider.replication.library.flatMap { own.libraries.contains($0) ? nil : $0 }
        guard own.walLevel != "logical" || missing != nil else { return }
        var settings = ["wal_level = logical", "track_commit_timestamp = on"]
        if let missing {
            settings.append("shared_preload_libraries = '\(([missing] + own.libraries).joined(separator: ", "))'")
        }
        throw OperationError(
            .refused, code: "not-logical",
            "the server of \(member.name) is not set up for \(provider.rawValue)",
            hint: "set \(settings.joined(separator: ", ")) there and restart it")
    }
}
