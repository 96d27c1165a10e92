import Catalog
import Failures
import Postgres
import Spec

/// What happens to a role of the spec that the server has already.
public enum ExistingRoles: Sendable {
    /// It is left as it is: an adopted cluster keeps its own.
    case keep
    /// It is given the spec's attributes and password.
    case alter
}

extension NodeTools {
    /// Makes the spec's users on the node's primary: attributes, passwords as SCRAM verifiers, memberships.
    public func ensureRoles(of node: NodePlacement, users: [DatabaseUser], existing: ExistingRoles = .alter)
        async throws
    {
        try await withConnection(to: node.primary, of: node) { connection in
            for user in users {
                let exists =
                    try await connection.value("SELECT 1 FROM pg_roles WHERE rolname = $1", [user.username]) != nil
                if exists && existing == .keep {
                    context.reporter.report(.info("\(node.name): user \(user.username) is there and kept as it is"))
                    continue
                }
                let password = try user.password?.resolve(describedAs: "the password of user \(user.username)")
                let verifier = try password.map { try ScramVerifier.make(password: $0) }
                try await connection.execute(try RoleStatements.role(user, verifier: verifier, exists: exists))
            }
            // When all are there, since they may be members of each other.
            for user in users {
                for statement in RoleStatements.memberships(user) {
                    do {
                        try await connection.execute(statement)
                    } catch let error as PostgresError where error.sqlState == "42704" {
                        throw OperationError(
                            .notFound, code: "unknown-role",
                            "user \(user.username) is to be a member of a role that does not exist: \(error.message)",
                            hint: "make it in scripts.post_init, or name it in database_users", underlying: error)
                    }
                }
            }
        }
    }

    /// Makes the role that replicas stream as, and its passfile, and sees that it gets in; nothing to do when it does.
    public func ensureReplicationRole(of node: NodePlacement) async throws {
        try await withConnection(to: node.primary, of: node) { connection in
            // Replicas are made side by side, and two sessions cannot alter one role at once.
            try await connection.query("SELECT pg_advisory_lock(hashtext('pgstanza replication role'))", timeout: 300)
            let password = try passfilePassword(of: node)
            let role = HBA.replicationRole
            if try await connection.value("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]) == nil {
                try await setReplicationRole(connection, "CREATE", password)
            }
            try await admitReplicationRole(connection, of: node, password: password)
        }
    }

    /// Tries to get in, and mends what is in the way: another password after a restore from elsewhere, no line in an
    /// adopted cluster's pg_hba.conf.
    private func admitReplicationRole(_ connection: Connection, of node: NodePlacement, password: String) async throws {
        var source = replicationSource(of: node)
        source.replication = "true"
        var hasSetPassword = false
        var hasAddedLine = false
        while true {
            do {
                try await Connection.open(source).close()
                return
            } catch let error as PostgresError {
                if error.isRefusedByHostBasedAuthentication, !hasAddedLine {
                    hasAddedLine = true
                    try await addHBALine(
                        "host replication \(HBA.replicationRole) all scram-sha-256", connection, of: node)
                } else if error.isLoginRefused, !error.isRefusedByHostBasedAuthentication, !hasSetPassword {
                    hasSetPassword = true
                    try await setReplicationRole(connection, "ALTER", password)
                } else {
                    throw OperationError(
                        error.kind, code: "replication-role",
                        "role \(source.user) cannot connect to \(node.name) for replication: \(error.message)",
                        hint:
                            "the server must listen on \(source.host) port \(source.port) and its pg_hba.conf have a line "
                            + "'host replication \(source.user) all scram-sha-256'",
                        underlying: error)
                }
            }
        }
    }

    private func setReplicationRole(_ connection: Connection, _ verb: String, _ password: String) async throws {
        let verifier = try ScramVerifier.make(password: password)
        try await connection.execute(
            "\(verb) ROLE \(SQL.identifier(HBA.replicationRole)) LOGIN REPLICATION "
                + "PASSWORD \(SQL.literal(verifier))")
    }

    /// Puts a line before those of an adopted cluster's pg_hba.conf.
    func addHBALine(_ line: String, _ connection: Connection, of node: NodePlacement) async throws {
        guard let path = try await connection.value("SHOW hba_file") else { return }
        context.reporter.report(.info("\(node.name): adding the line '\(line)' to \(path)"))
        let text = try AtomicFile.readText(path)
        try AtomicFile.write("# For replicas and peers, added by pgstanza.\n\(line)\n\(text)", to: path, mode: 0o600)
        try await Archiving.reload(connection)
        // The postmaster reads the file a moment after sessions have seen the reload.
        try await Task.sleep(for: .milliseconds(200))
    }

    /// The password of the replication role; a new passfile is made where there is none.
    private func passfilePassword(of node: NodePlacement) throws -> String {
        if let bytes = try AtomicFile.readIfPresent(node.passfilePath) {
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last ?? ""
            if let password = line.split(separator: ":").last { return String(password) }
        }
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var generator = SystemRandomNumberGenerator()
        let password = String((0..<40).map { _ in letters.randomElement(using: &generator) ?? "x" })
        try Directories.create(Directories.parent(of: node.passfilePath))
        try AtomicFile.write("*:*:*:\(HBA.replicationRole):\(password)\n", to: node.passfilePath, mode: 0o600)
        return password
    }
}
