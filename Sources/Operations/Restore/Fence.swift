import Catalog
import Failures
import Postgres

/// Keeps everybody but pgstanza's own sessions, and the replication to the node's replicas, out of a server.
///
/// The server's own `pg_hba.conf` is replaced, since no setting that a session can see stops a running procedure that
/// commits in a loop.
struct Fence {
    var node: NodePlacement
    var run: RestoreRun

    /// How long other sessions may take to end once they were told to, in seconds.
    private static let endLimit = 60.0

    private var token: String { run.id.replacing("-", with: "_") }

    private func text() throws -> String {
        let isOwnName = node.superuser == run.context.ownerName
        return HBA.fence(
            superuser: node.superuser, access: isOwnName ? .peer : .peerMap("pgstanza"), token: token,
            admitted: try admitted())
    }

    /// The node's own lines for the roles that its subscribers come in as, so that they get what it wrote, and find it
    /// when it is back.
    private func admitted() throws -> [String] {
        let replication = try RestoreReplication(run)
        let inventory = replication.inventories.first { $0.node == node.name }
        var roles = (inventory?.subscribers ?? []).map { (dsn: $0.subscription.dsn, database: $0.providerDatabase) }
        roles += replication.links.filter { $0.provider.node == node.name }.map {
            (dsn: $0.subscription.dsn, database: $0.provider.database)
        }
        // pglogical and Spock see to it that a new subscriber can be reached itself.
        roles += (inventory?.inventory.databases ?? []).compactMap { part in
            part.identity.map { (dsn: $0.dsn, database: part.database) }
        }
        guard !roles.isEmpty else { return [] }
        let saved = try SavedConfiguration.read(from: run.savedConfigurationDirectory(node))
        let own = saved.file(.hostBasedAuthentication)?.text ?? ""
        var lines: [String] = []
        for role in roles {
            let user = ConnectionString.parse(role.dsn)?["user"] ?? node.superuser
            for line in HBA.narrowed(own, database: role.database, user: user) where !lines.contains(line) {
                lines.append(line)
            }
        }
        return lines
    }

    /// Puts the fence up on a running server, proves it, and ends every other session.
    ///
    /// Throws `prepared-transactions` (73) when a transaction waits for its second phase, since its commit could come
    /// from nowhere at any time, and `fence-not-up` (1) when the server does not go by it.
    func raise() async throws {
        try await run.tools.withConnection(to: node.primary, of: node) { connection in
            guard let path = try await connection.value("SHOW hba_file") else {
                throw OperationError(.defect, code: "fence", "the server of \(node.name) names no hba_file")
            }
            try writeFile(path)
            await run.pause("remove-subscriptions.fence-written")
            _ = try await connection.execute("SELECT pg_reload_conf()")
        }
        try await FenceProof.require(run.tools.parameters(node.primary, of: node), token: token)
        try await run.tools.withConnection(to: node.primary, of: node) { connection in
            let ended = try await SessionControl.terminateClients(connection, timeout: Self.endLimit)
            if ended > 0 { run.say(node, "ended \(ended) sessions") }
            let prepared = try await SessionControl.preparedTransactions(connection)
            guard prepared.isEmpty else {
                throw OperationError(
                    .refused, code: "prepared-transactions",
                    "\(node.name) has prepared transactions: \(prepared.map(\.gid).joined(separator: ", "))",
                    hint: "commit or roll each back, then: pgstanza restore resume \(node.databaseID)")
            }
            for process in try await SessionControl.backgroundWriters(connection)
            where process.isWriting && !Self.isReplicating(process) {
                run.warn("\(node.name): \(process.type) (pid \(process.pid)) is no client, and writes behind the fence")
            }
        }
    }

    /// Workers of subscriptions write what others committed, and are waited for.
    private static func isReplicating(_ process: BackgroundProcess) -> Bool {
        ["logical replication", "pglogical", "spock"].contains { process.type.hasPrefix($0) }
    }

    /// Puts the fence where a server that is not started yet will read it.
    func writeFile(_ path: String) throws {
        try AtomicFile.write(try text(), to: path, mode: 0o600)
    }

    /// Has a running server go by the fence as it should be now: who subscribes may have become known since.
    func renew(_ saved: SavedConfiguration) async throws {
        let path = saved.hbaPath(pgdata: node.primary.pgdata)
        guard HBA.isFence((try? AtomicFile.readText(path)) ?? ""), try AtomicFile.readText(path) != text() else {
            return
        }
        try writeFile(path)
        try await run.tools.withConnection(to: node.primary, of: node) { connection in
            _ = try await connection.execute("SELECT pg_reload_conf()")
        }
    }

    /// Puts the fence into the files of a server that does not run, so that whoever starts it lets nobody in. Nothing
    /// where no cluster is.
    func raiseInFiles(_ saved: SavedConfiguration) throws {
        let path = saved.hbaPath(pgdata: node.primary.pgdata)
        if Directories.exists("\(node.primary.pgdata)/PG_VERSION"), Directories.exists(path) { try writeFile(path) }
    }

    /// Puts the node's own file back and has the server read it, when one runs.
    func lift(_ saved: SavedConfiguration) async throws {
        let path = saved.hbaPath(pgdata: node.primary.pgdata)
        guard Directories.exists(Directories.parent(of: path)) else { return }
        // Lifted before, by a run that left something else undone: the file is its owner's again.
        if Directories.exists(path), !HBA.isFence(try AtomicFile.readText(path)) { return }
        try saved.putBackOnly(path, pgdata: node.primary.pgdata)
        guard try run.tools.isRunning(node.primary) else { return }
        try await run.tools.withConnection(to: node.primary, of: node) { connection in
            _ = try await connection.execute("SELECT pg_reload_conf()")
        }
    }

    /// The same for the replicas of this host: a base backup that is taken behind the fence brings it along, and nobody
    /// could read from them. Gives a sentence for those that do not read it.
    func liftFromReplicas(_ saved: SavedConfiguration) async throws -> String? {
        guard let own = saved.file(.hostBasedAuthentication) else { return nil }
        var problems: [String] = []
        for replica in node.replicas where replica.isHere {
            // Wherever the primary keeps its own.
            let path = "\(replica.pgdata)/pg_hba.conf"
            guard Directories.exists(path), HBA.isFence(try AtomicFile.readText(path)) else { continue }
            try AtomicFile.write(own.text, to: path, mode: own.mode)
            guard try run.tools.isRunning(replica) else { continue }
            do {
                try await run.tools.withConnection(to: replica, of: node) { connection in
                    _ = try await connection.execute("SELECT pg_reload_conf()")
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                problems.append(
                    "the replica of \(node.name) on \(replica.hostID) has not read its pg_hba.conf again: "
                        + ((error as? any Failure)?.message ?? "\(error)"))
            }
        }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }
}
