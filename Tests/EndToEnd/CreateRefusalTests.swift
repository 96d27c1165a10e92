import Foundation
import Glibc
import PositionedJSON
import Testing

/// What `db create` knows beforehand and refuses, with nothing made.
@Suite struct CreateRefusalTests {
    @Test func whatTheSpecAsksForAndCannotBe() async throws {
        try await withSandbox { box in
            let base = try box.spec()
            let option = base.replacing(
                "spec", "backup_config", "repositories", 0, "custom_options", with: ["bundel": "y"])
            try await refuse(box, option, exit: 65, code: "unknown-option", says: "bundle")
            try await refuse(
                box, base.replacing("spec", "postgres_version", with: "12.1"), exit: 69, says: "12")
            try await refuse(
                box,
                base.replacing(
                    "spec", "orchestrator_opts", with: ["local": ["pgbackrest": ["bin": "/nowhere/pgbackrest"]]]),
                exit: 69, says: "/nowhere/pgbackrest")
            try await refuse(
                box,
                base.replacing(
                    "spec", "restore_config", with: ["source_database_id": "other", "source_node_name": "n1"]),
                exit: 73, code: "repository", says: "other")
            try await refuse(
                box, box.spec(nodes: 2, replication: "native"), exit: 65, code: "native-needs-16", says: "n1 runs 15")
            try await refuse(
                box, box.spec(nodes: 2, replication: "spock"), exit: 69, code: "provider-missing", says: "spock")
            try await refuse(
                box, box.spec(nodes: 2, postgresqlConf: ["wal_level": "replica"], replication: "pglogical"), exit: 65,
                code: "wal-level", says: "wal_level")
            try await refuse(
                box,
                base.replacing(
                    "spec", "database_users", with: [["username": "u", "password": ["env": "NOT_SET_ANYWHERE"]]]),
                exit: 66, says: "NOT_SET_ANYWHERE")
        }
    }

    @Test func placesThatAreTaken() async throws {
        try await withSandbox { box in
            let base = try box.spec()
            let server = try await box.startCluster()
            let occupied = base.replacing(
                "spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-1", "port",
                with: .integer(Int64(server.port)))
            try await refuse(box, occupied, exit: 73, code: "port-in-use", says: "\(server.port)")

            let files = try box.makeDirectory("somebodys")
            try box.write("somebodys/letter.txt", "dear")
            let foreign = base.replacing("spec", "orchestrator_opts", with: ["local": ["pgdata": .string(files)]])
            try await refuse(box, foreign, exit: 73, code: "no-cluster", says: files)
            #expect(box.read("somebodys/letter.txt") == "dear")

            let adopted = try box.adoptionSpec(of: server).replacing("spec", "port", with: 1)
            try await refuse(box, adopted, exit: 73, code: "other-port", says: "\(server.port)")
        }
    }

    @Test func aRepositoryOfAnotherCluster() async throws {
        try await withSandbox { box in
            let spec = try box.spec()
            let path = try box.write("spec.json", spec.text(pretty: true))
            try await box.pgstanza("db", "create", path).expect(exit: 0)
            try await box.pgstanza("db", "remove", "shop").expect(exit: 0)
            let other = try box.makeDirectory("elsewhere")
            let second = try box.spec().replacing(
                "spec", "orchestrator_opts", with: ["local": ["pgdata": .string(other + "/pgdata")]])
            try await refuse(box, second, exit: 73, code: "repository-in-use", says: "local")
            #expect(!box.exists("elsewhere/pgdata"))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "another user's directory takes root to make"))
    func directoriesOfSomebodyElse() async throws {
        try await withSandbox { box in
            let directory = try box.makeDirectory("of-root")
            chown(directory, 0, 0)
            let base = try box.spec()
            let spec = base.replacing("spec", "orchestrator_opts", with: ["local": ["pgdata": .string(directory)]])
            try await refuse(box, spec, exit: 77, code: "wrong-owner", says: "root")
            let repository = base.replacing(
                "spec", "backup_config", "repositories", 0, "base_path", with: .string(directory + "/repo"))
            try await refuse(box, repository, exit: 77, code: "repository-not-writable", says: directory)
        }
    }

    /// Runs `db create`, which has to end with `exit`, say `words`, and leave no trace of the database.
    private func refuse(
        _ box: Sandbox, _ spec: JSONTree, exit: Int32, code: String? = nil, says words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let path = try box.write("refused.json", spec.text(pretty: true))
        let before = try Self.names(box.home + "/databases/shop/n1")
        let result = try await box.pgstanza("db", "create", path, "--json", "--yes")
        #expect(result.exitCode == exit, "\(result.summary)", sourceLocation: sourceLocation)
        let error = try result.jsonError()["error"]
        if let code {
            #expect(error?["code"]?.stringValue == code, "\(result.summary)", sourceLocation: sourceLocation)
        }
        let said = "\(error?["message"]?.stringValue ?? "") \(error?["hint"]?.stringValue ?? "")"
        #expect(said.contains(words), "\(result.summary)", sourceLocation: sourceLocation)
        #expect(!box.exists("home/databases/shop/database.json"), sourceLocation: sourceLocation)
        let made = try Self.names(box.home + "/databases/shop/n1")
        #expect(made == before, sourceLocation: sourceLocation)
    }

    private static func names(_ directory: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }
}
