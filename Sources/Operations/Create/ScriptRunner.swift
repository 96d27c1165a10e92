import Failures
import Postgres

/// Runs the spec's SQL scripts, each exactly once, also when a create is killed and run again.
///
/// How many are done is kept in the server itself, as a setting of the database that is written in the transaction of
/// the script; nothing of it is left when the create is complete.
struct ScriptRunner {
    var connection: Connection
    /// The database that the connection is to.
    var database: String
    /// For people: `scripts.post_init`.
    var name: String

    private static let setting = "pgstanza.scripts_done"
    /// A script may load data; seconds.
    private static let timeLimit = 24 * 3600.0

    /// Runs those that have not been run. Throws `script-failed` (1) naming the script that failed.
    func run(_ scripts: [String], say: (String) -> Void) async throws {
        let done = try await countDone()
        for (index, script) in scripts.enumerated().dropFirst(done) {
            say("running \(name)[\(index)]")
            do {
                try await runOnce(script, number: index + 1)
            } catch let error as PostgresError {
                throw OperationError(
                    .operation, code: "script-failed", "\(name)[\(index)] failed: \(error.message)",
                    hint: "mend the script in the spec and run the same db create again; "
                        + "scripts before it are not repeated",
                    details: error.details, underlying: error)
            }
        }
    }

    private func runOnce(_ script: String, number: Int) async throws {
        do {
            // The simple protocol runs a text of several statements as one transaction.
            try await connection.execute("\(script)\n;\n\(mark(number))", timeout: Self.timeLimit)
        } catch let error as PostgresError where error.sqlState == "25001" {
            // A statement that cannot be part of a transaction, such as CREATE DATABASE: alone, then the mark.
            try await connection.execute(script, timeout: Self.timeLimit)
            try await connection.execute(mark(number))
        }
        // A script may have changed its session.
        try await connection.execute("RESET ALL")
    }

    private func mark(_ number: Int) -> String {
        "ALTER DATABASE \(SQL.identifier(database)) SET \(SQL.identifier(Self.setting)) = '\(number)'"
    }

    private func countDone() async throws -> Int {
        let rows = try await connection.query(
            """
            SELECT unnest(setconfig) AS line FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
            WHERE s.setrole = 0 AND d.datname = $1
            """, [database])
        let line = rows.compactMap { $0["line"] }.first { $0.hasPrefix("\(Self.setting)=") }
        return line.flatMap { Int($0.dropFirst(Self.setting.count + 1)) } ?? 0
    }

    /// Takes the mark away when all is done.
    static func forget(_ connection: Connection, database: String) async throws {
        try await connection.execute("ALTER DATABASE \(SQL.identifier(database)) RESET \(SQL.identifier(setting))")
    }
}
