import Foundation
import PositionedJSON

/// A running server in a sandbox, spoken to through psql over its socket as the account (a superuser).
struct Instance: Sendable {
    let box: Sandbox
    /// Node name, such as `n1`; for servers that pgstanza does not know, any name.
    let name: String
    let port: Int
    let socketDirectory: String
    let dataDirectory: String
    var isReplica = false
    /// Database that ``query(_:database:)`` uses when none is given.
    var database = "postgres"

    /// Runs SQL and returns its rows, each a list of columns; NULL is an empty string. An error ends the test.
    ///
    /// Several statements separated by `;` run in one transaction, as with `psql -c`.
    @discardableResult
    func query(_ sql: String, database: String? = nil) async throws -> [[String]] {
        let result = try await psql(["-c", sql], database: database)
        return try result.expect(exit: 0).lines.filter { !$0.isEmpty }.map {
            $0.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The first column of the first row.
    func value(_ sql: String, database: String? = nil) async throws -> String {
        guard let first = try await query(sql, database: database).first?.first else {
            throw FixtureError("no row from: \(sql)")
        }
        return first
    }

    /// psql with these arguments, whatever comes of it.
    func psql(_ arguments: [String], database: String? = nil, stdin: String? = nil) async throws -> ProgramResult {
        try await box.run(psqlCommand(database: database) + arguments, stdin: stdin)
    }

    /// The start of a psql command line; options such as `-c` can follow.
    func psqlCommand(database: String? = nil) -> [String] {
        [
            "psql", "-X", "-q", "-A", "-t", "-F", "\u{1f}", "-v", "ON_ERROR_STOP=1", "-h", socketDirectory, "-p",
            String(port), "-d", database ?? self.database, "-U", box.account.name,
        ]
    }

    /// Waits until a query gives `expected`, for replicas that have to catch up; the test ends when it never does.
    func waitFor(
        _ sql: String, toBe expected: String, database: String? = nil, timeLimit: Double = 60
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(timeLimit)
        var last = ""
        while ContinuousClock.now < deadline {
            let result = try await psql(["-c", sql], database: database)
            last = result.exitCode == 0 ? result.lines.first ?? "" : result.errorOutput
            if result.exitCode == 0, last == expected { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw FixtureError("\(name): \(sql) stayed \(last), expected \(expected) within \(timeLimit) s")
    }

    /// An md5 over all rows of a table in a fixed order, and their number: equal exactly when contents are.
    func contents(of table: String, database: String? = nil) async throws -> String {
        try await value(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '-') FROM \(table) t",
            database: database)
    }

    /// The number in postmaster.pid, if there is such a file.
    var postmasterPID: Int32? {
        readText(dataDirectory + "/postmaster.pid").split(separator: "\n").first.flatMap { Int32($0) }
    }

    /// A Postgres program of the tests' version against this data directory.
    @discardableResult
    func pgCtl(_ arguments: String...) async throws -> ProgramResult {
        try await box.run([Workspace.postgresPrograms + "/pg_ctl", "-D", dataDirectory] + arguments)
    }
}

extension Sandbox {
    /// The instances of a database that `db create` has made, as `db list` tells, primaries before replicas.
    func instances(of id: String) async throws -> [Instance] {
        let listing = try await pgstanza("db", "list", "--json").expect(exit: 0).json()
        guard let entry = listing["databases"]?.arrayValue?.first(where: { $0["id"]?.stringValue == id }) else {
            throw FixtureError("`db list` does not know \(id): \(listing.text(pretty: true))")
        }
        let name = entry["database_name"]?.stringValue ?? id
        return try (entry["nodes"]?.arrayValue ?? []).map { node in
            guard let port = node["port"]?.intValue, let pgdata = node["pgdata"]?.stringValue,
                let nodeName = node["name"]?.stringValue, let role = node["role"]?.stringValue
            else { throw FixtureError("`db list` leaves out something of \(node.text(pretty: false))") }
            return Instance(
                box: self, name: nodeName, port: Int(port), socketDirectory: home + "/run", dataDirectory: pgdata,
                isReplica: role != "primary", database: name)
        }.sorted { !$0.isReplica && $1.isReplica }
    }
}
