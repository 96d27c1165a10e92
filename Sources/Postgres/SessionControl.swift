import Failures

/// A client's session as pg_stat_activity shows it.
public struct ClientSession: Sendable, Hashable {
    public let pid: Int32
    public let user: String
    public let database: String
    public let applicationName: String
    /// Address, or `local`.
    public let client: String
    public let state: String

    /// `process 812: app on example from 10.0.0.5 ("api"), active`
    public var text: String {
        "process \(pid): \(user) on \(database) from \(client) (\"\(applicationName)\"), \(state)"
    }
}

/// A transaction that was prepared and is neither committed nor rolled back.
public struct PreparedTransaction: Sendable, Hashable {
    public let gid: String
    public let database: String
    public let owner: String
    public let prepared: String
}

/// Something in the server that is no client and may write all the same.
public struct BackgroundProcess: Sendable, Hashable {
    public let pid: Int32
    /// `pg_cron launcher`, `logical replication worker`, `autovacuum worker`…
    public let type: String
    public let database: String?
    /// It has a transaction id, so it has written.
    public let isWriting: Bool
}

/// Ends and lists what works in a server besides us.
public enum SessionControl {
    /// Client sessions other than this connection's own. Walsenders are not among them.
    public static func clients(_ connection: Connection) async throws -> [ClientSession] {
        try await connection.query(
            """
            SELECT pid, coalesce(usename, '') AS usename, coalesce(datname, '') AS datname, application_name,
                   coalesce(host(client_addr), 'local') AS client, coalesce(state, '') AS state
              FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
             ORDER BY pid
            """
        ).map { row in
            ClientSession(
                pid: Int32(row["pid"] ?? "") ?? 0, user: row["usename"] ?? "", database: row["datname"] ?? "",
                applicationName: row["application_name"] ?? "", client: row["client"] ?? "", state: row["state"] ?? "")
        }
    }

    /// Ends every client session that `spare` does not keep, until none is left; gives how many were ended.
    ///
    /// Only of use behind a fence, since clients come back. Throws with the sessions that are left after `timeout`
    /// seconds.
    @discardableResult
    public static func terminateClients(
        _ connection: Connection, timeout: Double = 30, spare: @Sendable (ClientSession) -> Bool = { _ in false }
    ) async throws -> Int {
        let deadline = Deadline(seconds: timeout)
        var ended = Set<Int32>()
        while true {
            let left = try await clients(connection).filter { !spare($0) }
            if left.isEmpty { return ended.count }
            guard !deadline.isOver else {
                throw PostgresError(
                    .operation, code: "sessions-left",
                    "\(left.count) client session(s) did not end within \(Int(timeout)) s",
                    hint: "a process that waits for the operating system cannot be ended from SQL; see what it does",
                    details: left.map(\.text))
            }
            for session in left {
                // The second argument waits for the process to be gone, so a round is not a busy loop.
                _ = try await connection.query("SELECT pg_terminate_backend($1::int, 1000)", [String(session.pid)])
                ended.insert(session.pid)
            }
        }
    }

    /// Prepared transactions of all databases of the server.
    public static func preparedTransactions(_ connection: Connection) async throws -> [PreparedTransaction] {
        try await connection.query(
            "SELECT gid, database, owner, prepared FROM pg_prepared_xacts ORDER BY prepared, gid"
        ).map { row in
            PreparedTransaction(
                gid: row["gid"] ?? "", database: row["database"] ?? "", owner: row["owner"] ?? "",
                prepared: row["prepared"] ?? "")
        }
    }

    /// Processes that no pg_hba.conf keeps out and that are not the server's own housekeeping: background workers of
    /// extensions (pg_cron, pglogical, spock) and of logical replication.
    public static func backgroundWriters(_ connection: Connection) async throws -> [BackgroundProcess] {
        try await connection.query(
            """
            SELECT pid, backend_type, datname, backend_xid IS NOT NULL AS writing
              FROM pg_stat_activity
             WHERE backend_type <> ALL (ARRAY['client backend', 'walsender', 'walreceiver', 'checkpointer',
                     'background writer', 'walwriter', 'archiver', 'startup', 'logger', 'stats collector',
                     'autovacuum launcher', 'autovacuum worker', 'logical replication launcher', 'walsummarizer',
                     'slotsync worker', 'io worker', 'parallel worker', 'standalone backend'])
             ORDER BY pid
            """
        ).map { row in
            BackgroundProcess(
                pid: Int32(row["pid"] ?? "") ?? 0, type: row["backend_type"] ?? "", database: row["datname"],
                isWriting: row.bool("writing") ?? false)
        }
    }
}
