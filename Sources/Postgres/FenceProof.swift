import Failures

/// Shows that a server goes by a fence's `pg_hba.conf`: the postmaster reads it some time after it was told to, and
/// does not read it at all when a line is wrong.
public enum FenceProof {
    static func closedDatabase(_ token: String) -> String { "pgstanza_fence_closed_\(token)" }
    static func openDatabase(_ token: String) -> String { "pgstanza_fence_open_\(token)" }

    /// Asks until the server gives the answers that only this fence gives, and throws when it has not within `timeout`
    /// seconds.
    ///
    /// Neither of the two databases exists. With this fence the closed one is refused by pg_hba.conf and the open
    /// one by its absence; any other file treats both alike.
    public static func require(
        _ parameters: ConnectionParameters, token: String, timeout: Double = 15
    ) async throws {
        let deadline = Deadline(seconds: timeout)
        while true {
            if try await isUp(parameters, token: token) { return }
            guard !deadline.isOver else {
                throw PostgresError(
                    .operation, code: "fence-not-up",
                    "the server at \(parameters.place) did not take over the fence's pg_hba.conf within "
                        + "\(Int(timeout)) s",
                    hint: "see its log, and SELECT * FROM pg_hba_file_rules WHERE error IS NOT NULL")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Whether the server goes by this fence now.
    public static func isUp(_ parameters: ConnectionParameters, token: String) async throws -> Bool {
        guard let closed = try await refusal(parameters, database: closedDatabase(token)),
            closed.isRefusedByHostBasedAuthentication,
            let open = try await refusal(parameters, database: openDatabase(token))
        else { return false }
        return open.sqlState == "3D000"
    }

    /// Whether a role that the fence does not admit is refused by pg_hba.conf; for a role and place of the caller's
    /// choice.
    public static func isRefused(_ parameters: ConnectionParameters) async throws -> Bool {
        try await refusal(parameters, database: parameters.database)?.isRefusedByHostBasedAuthentication ?? false
    }

    private static func refusal(
        _ parameters: ConnectionParameters, database: String
    ) async throws -> PostgresError? {
        var parameters = parameters
        parameters.database = database
        do {
            let connection = try await Connection.open(parameters)
            await connection.close()
            return nil
        } catch let error as PostgresError {
            // No answer from the server at all proves nothing.
            guard error.sqlState != nil else { throw error }
            return error
        }
    }
}
