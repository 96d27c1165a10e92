import Foundation
import Glibc
import PositionedJSON
import Testing

/// A database that is changed by specs over and over.
struct UpdateBench {
    let box: Sandbox
    let id: String
    /// The spec that is in force.
    var document: JSONTree

    /// Creates a database with one node, a user, a setting and a schedule.
    static func make(_ box: Sandbox, replicas: Int = 0) async throws -> UpdateBench {
        var made: JSONTree = .null
        let shop = try await box.createShop(replicas: replicas) { draft in
            draft["spec"]?["postgresql_conf"]?["work_mem"] = .string("4MB")
            draft["spec"]?["database_users"] = .array([
                .object([
                    "username": .string("boss"), "password": .string("first s3cret"), "db_owner": .bool(true),
                    "attributes": .array([.string("LOGIN"), .string("CREATEDB")]),
                    "roles": .array([.string("pg_monitor")]),
                ])
            ])
            made = draft
        }
        return UpdateBench(box: box, id: shop.id, document: made)
    }

    /// The path of a file that holds a spec.
    func file(_ document: JSONTree, _ name: String = "wanted.json") throws -> String {
        try box.write(name, document.text(pretty: true))
    }

    /// Brings the database to a changed spec, which then is the one in force; the actions that were done.
    @discardableResult
    mutating func update(_ arguments: String..., change: (inout JSONTree) -> Void) async throws -> [String] {
        change(&document)
        let result = try await box.pgstanza(
            ["db", "update", id, try file(document), "--json"] + arguments
        ).expect(exit: 0)
        return Self.actions(try result.json())
    }

    static func actions(_ document: JSONTree) -> [String] {
        (document["actions"]?.arrayValue ?? []).compactMap { $0["action"]?.stringValue }
    }

    /// What there is still to do, with the spec in force and without one; empty when all is done.
    func leftToDo() async throws -> [String] {
        let with = try await box.pgstanza("db", "update", id, try file(document), "--dry-run", "--json").expect(exit: 0)
        let without = try await box.pgstanza("db", "update", id, "--dry-run", "--json").expect(exit: 0)
        return Self.actions(try with.json()) + Self.actions(try without.json())
    }

    func primary() async throws -> Instance { try #require(try await box.instances(of: id).first { !$0.isReplica }) }

    /// What an update is about: settings, users, files and the stanza configuration.
    func state() async throws -> [String] {
        let primary = try await primary()
        let settings = try await primary.query(
            """
            SELECT name, setting FROM pg_settings
            WHERE name IN ('work_mem', 'max_connections', 'port', 'log_min_messages', 'archive_command', 'archive_mode')
            ORDER BY 1
            """)
        let roles = try await primary.query(
            """
            SELECT rolname, rolcreatedb, rolcreaterole, rolcanlogin,
                (SELECT string_agg(r.rolname, ',' ORDER BY r.rolname) FROM pg_auth_members m JOIN pg_roles r ON r.oid = roleid
                 WHERE m.member = a.oid)
            FROM pg_authid a WHERE rolname IN ('boss', 'reader') ORDER BY 1
            """)
        let owner = try await primary.value(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
        let slots = try await primary.query("SELECT slot_name FROM pg_replication_slots ORDER BY 1")
        let files = ["pg_hba.conf", "pg_ident.conf", "pgstanza.conf"].map {
            readText(primary.dataDirectory + "/" + $0)
        }
        let configuration = readText(box.home + "/databases/\(id)/n1/pgbackrest.backup.conf")
        return [(settings + roles + slots).map { $0.joined(separator: " ") }.joined(separator: "\n"), owner]
            + files + [configuration]
    }

    /// Starts an update and kills it with SIGKILL when it has reached a point.
    func kill(at point: String, _ arguments: [String]) async throws {
        try await box.kill(at: point, ["db", "update", id] + arguments)
    }
}

extension Sandbox {
    /// Starts pgstanza and kills it with SIGKILL when it has reached one of the points that debug builds can be held at.
    func kill(at point: String, _ arguments: [String]) async throws {
        let paused = path + "/out/paused-here"
        try? FileManager.default.removeItem(atPath: paused)
        let program = try start(
            [executable] + arguments, environment: ["PGSTANZA_TEST_PAUSE": point, "PGSTANZA_TEST_PAUSED": paused])
        let deadline = ContinuousClock.now + .seconds(120)
        while !exists(paused) {
            guard SandboxProcess(program.pid) != nil, ContinuousClock.now < deadline else {
                program.signal(SIGKILL)
                throw FixtureError("never at \(point): \(try await program.wait().summary)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        program.signal(SIGKILL)
        try? FileManager.default.removeItem(atPath: paused)
        log.add("killed at \(point): \(try await program.wait().summary)")
    }
}
