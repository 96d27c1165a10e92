import Failures
import Spec

/// What no update can do.
extension UpdatePlanner {
    /// Throws `cannot-update` (73) with everything of the wanted spec that is refused.
    func refuseWhatCannotChange() throws {
        var found: [(message: String, hint: String)] = []
        let (old, new) = (present.spec, wanted.spec)
        if old.databaseName != new.databaseName {
            found.append(
                (
                    "database_name would change from \(old.databaseName) to \(new.databaseName)",
                    "create a database under the new name from a backup (restore_config.source_database_name)"
                ))
        }
        for node in wanted.nodes {
            guard let before = present.nodes.first(where: { $0.name == node.name }) else { continue }
            found += refusals(before, node)
        }
        guard let first = found.first else { return }
        throw OperationError(
            .refused, code: "cannot-update",
            "an update cannot do this: \(found.map(\.message).joined(separator: "; "))",
            hint: first.hint)
    }

    private func refusals(_ before: NodePlacement, _ node: NodePlacement) -> [(message: String, hint: String)] {
        var found: [(message: String, hint: String)] = []
        let name = node.name
        func refuse(_ message: String, _ hint: String) { found.append((message, hint)) }
        if before.primary.hostID != node.primary.hostID {
            refuse(
                "the primary of \(name) would move from \(before.primary.hostID) to \(node.primary.hostID)",
                "keep the first of host_ids; to move a node, restore it on the other host from its backups")
        }
        if before.primary.isHere, before.primary.pgdata != node.primary.pgdata {
            refuse(
                "the data directory of \(name) would move from \(before.primary.pgdata) to \(node.primary.pgdata)",
                "take pgdata out again, or forget the database (pgstanza db remove \(wanted.id)), move the directory and "
                    + "create it again with the new place")
        }
        for replica in node.replicas where replica.isHere {
            guard let old = before.replicas.first(where: { $0.hostID == replica.hostID && $0.isHere }),
                old.pgdata != replica.pgdata
            else { continue }
            refuse(
                "the replica of \(name) on \(replica.hostID) would move from \(old.pgdata) to \(replica.pgdata)",
                "take the host out of host_ids in one update, and put it in again in another")
        }
        if let old = before.spec.postgresVersion, let new = node.spec.postgresVersion, old.major != new.major {
            refuse(
                "\(name) would go from PostgreSQL \(old) to \(new)",
                "a physical cluster keeps its major version: upgrade it with pg_upgrade and adopt it")
        }
        if before.superuser != node.superuser {
            refuse(
                "\(name) would be connected to as \(node.superuser) and no longer as \(before.superuser)",
                "forget the database (pgstanza db remove \(wanted.id)) and adopt it with the other superuser")
        }
        if before.stanza != node.stanza, before.spec.backupConfig != nil, node.spec.backupConfig != nil {
            refuse(
                "the stanza of \(name) would be called \(node.stanza) and no longer \(before.stanza)",
                "leave backup_config out in one update, and put it in again in another, with the new stanza's name")
        }
        if let seen = facts[name], seen.isAdopted, let port = seen.port, port != node.primary.port {
            refuse(
                "the server of \(name) listens on port \(port), and the spec says \(node.primary.port)",
                "an adopted cluster keeps its settings: change the port there, or write \(port) into the spec")
        }
        let (old, new) = (before.spec.local.replication?.provider, node.spec.local.replication?.provider)
        if (old ?? .none) != (new ?? .none) {
            refuse(
                "\(name) would replicate by \((new ?? .none).rawValue) and no longer by \((old ?? .none).rawValue)",
                "the provider is chosen when a database is created")
        }
        return found
    }
}
