import Catalog
import Failures
import Postgres

/// What a replica needs of its primary: on this machine asked for over the socket, as the superuser; on another one by
/// a replication connection, as the role that replicas stream as.
extension NodeTools {
    /// How a replica reaches the node's primary: by TCP, with the password in the node's passfile.
    public func replicationSource(of node: NodePlacement) -> ConnectionParameters {
        ConnectionParameters(
            host: node.primary.address, port: node.primary.port, user: HBA.replicationRole, database: "postgres",
            passfile: node.passfilePath)
    }

    /// Sees that a replica may come in. The role of a primary elsewhere is made there, and its passfile brought here.
    ///
    /// Throws `no-passfile` (73) when it was not.
    func prepareSource(of node: NodePlacement) async throws {
        if node.primary.isHere { return try await ensureReplicationRole(of: node) }
        guard Directories.exists(node.passfilePath) else {
            throw OperationError(
                .refused, code: "no-passfile",
                "the primary of \(node.name) lives on \(node.primary.hostID), and the password that replicas connect "
                    + "with is not here: \(node.passfilePath) is missing",
                hint: "create the database on \(node.primary.hostID) first, then copy that file from its home directory"
            )
        }
    }

    /// Makes the slot that a replica streams from, unless it is there. WAL is kept for it from now on.
    func makeSlot(_ slot: String, of node: NodePlacement) async throws {
        guard node.primary.isHere else {
            do {
                // Slot names are of a-z, 0-9 and _.
                _ = try await withReplicationConnection(node) { connection in
                    try await connection.execute("CREATE_REPLICATION_SLOT \(slot) PHYSICAL RESERVE_WAL")
                }
            } catch let error as PostgresError where error.sqlState == "42710" {
                // There already.
            }
            return
        }
        try await withConnection(to: node.primary, of: node) { connection in
            guard try await connection.value("SELECT 1 FROM pg_replication_slots WHERE slot_name = $1", [slot]) == nil
            else { return }
            try await connection.query("SELECT pg_create_physical_replication_slot($1, true)", [slot])
        }
    }

    /// Drops the slot of a replica that is gone; nothing to do when the primary does not have it or does not run.
    func dropSlot(_ slot: String, of node: NodePlacement) async throws {
        guard node.primary.isHere else {
            do {
                _ = try await withReplicationConnection(node) { connection in
                    try await connection.execute("DROP_REPLICATION_SLOT \(slot) WAIT")
                }
            } catch let error as PostgresError where error.sqlState == "42704" {
                // Gone already.
            }
            return
        }
        guard try isRunning(node.primary) else { return }
        try await withConnection(to: asItRuns(node.primary), of: node) { connection in
            // The walsender of a replica that has just been stopped may still hold it.
            for _ in 0..<100 {
                let active = try await connection.value(
                    "SELECT active FROM pg_replication_slots WHERE slot_name = $1", [slot])
                if active == nil { return }
                if active == "f" { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            try await connection.query("SELECT pg_drop_replication_slot($1)", [slot])
        }
    }

    /// The system identifier of the node's primary, decimal.
    func sourceIdentifier(of node: NodePlacement) async throws -> String? {
        guard node.primary.isHere else {
            return try await withReplicationConnection(node) { connection in
                try await connection.execute("IDENTIFY_SYSTEM").first?["systemid"]
            }
        }
        return try await withConnection(to: node.primary, of: node) { connection in
            try await connection.value("SELECT system_identifier FROM pg_control_system()")
        }
    }

    /// Whether a replica streams from its primary, as the replica itself says; false for one that takes no connections.
    func isStreaming(_ replica: InstancePlacement, of node: NodePlacement) async throws -> Bool {
        do {
            return try await withConnection(to: replica, of: node) { connection in
                try await connection.value("SELECT status FROM pg_stat_wal_receiver") == "streaming"
            }
        } catch let error as PostgresError where error.kind == .unavailable {
            return false
        }
    }

    func withReplicationConnection<Result: Sendable>(
        _ node: NodePlacement, _ body: @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        var source = replicationSource(of: node)
        source.replication = "true"
        do {
            return try await Connection.with(source, body)
        } catch let error as PostgresError where error.kind == .unavailable || error.isLoginRefused {
            throw OperationError(
                error.kind, code: "primary-unreachable",
                "the primary of \(node.name) on \(node.primary.hostID) cannot be reached for replication at "
                    + "\(source.place): \(error.message)",
                hint: "create the database on \(node.primary.hostID) first; see hosts in config.json for its address",
                underlying: error)
        }
    }
}

/// Tablespaces of a replica on its primary's machine, where it cannot have the primary's directories.
struct ReplicaTablespaces {
    var replica: InstancePlacement

    /// Holds one directory for each tablespace.
    private var directory: String { replica.tablespacesPath }
    /// Says that pgstanza made the directory, and may remove it.
    private var mark: String { "\(directory)/.pgstanza" }

    /// The replica's directories by the primary's; those that an earlier replica left are removed.
    ///
    /// Throws `other-tablespaces` (73) when the place is taken by something that pgstanza did not make.
    func map(_ tablespaces: [Tablespace]) throws -> [String: String] {
        if Directories.exists(directory) {
            guard Directories.exists(mark) else {
                throw OperationError(
                    .refused, code: "other-tablespaces",
                    "\(directory), meant for the tablespaces of the replica on \(replica.hostID), is taken",
                    hint: "move it away")
            }
            try Directories.removeTree(directory)
        }
        // One that lies in the data directory itself is copied with it.
        let tablespaces = tablespaces.filter { $0.location.hasPrefix("/") }
        guard !tablespaces.isEmpty else { return [:] }
        try Directories.create(directory)
        try AtomicFile.write("Tablespaces of \(replica.pgdata).\n", to: mark)
        return Dictionary(
            tablespaces.map { ($0.location, "\(directory)/\($0.oid)") }, uniquingKeysWith: { first, _ in first })
    }
}
