import Foundation
import PositionedJSON
import Testing

/// `db create` beyond one node in one directory: what is kept, more nodes and repositories, an object store.
@Suite struct CreatePlaceTests {
    @Test func whatIsCompleteIsLeftAlone() async throws {
        try await withSandbox { box in
            let document = try box.spec()
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let node = try await box.instances(of: "shop")[0]
            let before = try await InstanceState.of(node)

            let again = try await box.pgstanza("db", "create", spec, "--json").expect(exit: 0).json()
            #expect(again["actions"]?.arrayValue?.isEmpty == true)
            let other = document.replacing("spec", "postgresql_conf", "work_mem", with: "8MB")
            let changed = try box.write("other.json", other.text(pretty: true))
            let refused = try await box.pgstanza("db", "create", changed, "--json").expect(exit: 73).jsonError()
            #expect(refused["error"]?["code"]?.stringValue == "database-exists")
            #expect(refused["error"]?["hint"]?.stringValue?.contains("pgstanza db update shop") == true)
            #expect(try await InstanceState.of(node) == before)
            let copies = box.home + "/databases/shop/n1/conf"
            for name in ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf", "pgstanza.conf"] {
                #expect(box.read("\(copies)/\(name)") == box.read("\(node.dataDirectory)/\(name)"))
            }
        }
    }

    @Test func severalNodesAndRepositories() async throws {
        try await withSandbox { box in
            let repositories = [try box.posixRepository(), try box.posixRepository(id: "second", path: "repo2")]
            let spec = try box.write(
                "spec.json", box.spec(nodes: 2, repositories: repositories).text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let nodes = try await box.instances(of: "shop")
            #expect(nodes.map(\.name) == ["n1", "n2"])
            let identifiers = try await collect(nodes) {
                try await $0.value("SELECT system_identifier FROM pg_control_system()")
            }
            #expect(Set(identifiers).count == 2)
            for node in nodes {
                for (path, id) in [("repo", "local"), ("repo2", "second")] {
                    #expect(box.exists("\(path)/databases/shop/\(id)/\(node.name)/archive/db/archive.info"))
                    #expect(
                        box.exists("\(path)/databases/shop/\(id)/\(node.name)/archive/db/15-1/0000000100000000"))
                }
            }
        }
    }

    @Test func worksOnS3OverTLS() async throws {
        try await withSandbox { box in
            let store = try await box.startObjectStore()
            let spec = try box.write("spec.json", box.spec(repositories: [store.repository()]).text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let taken = try await box.pgstanza("backup", "shop", "--type", "full", "--json").expect(exit: 0).json()
            #expect(taken["backups"]?[0]?["repository"]?.stringValue == "s3")
            let listed = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            #expect(listed["nodes"]?[0]?["backups"]?.arrayValue?.count == 1)
            #expect(listed["nodes"]?[0]?["windows"]?.arrayValue?.count == 1)
            let wrong = try box.write(
                "wrong.json",
                box.spec(id: "other", repositories: [store.repository().replacing("s3_bucket", with: "nowhere")])
                    .text(pretty: true))
            let error = try await box.pgstanza("db", "create", wrong, "--json").expect(exit: 69).jsonError()
            #expect(error["error"]?["code"]?.stringValue == "repository-unreachable")
            #expect(!box.exists("home/databases/other"))
        }
    }

    @Test func aServersLogHoldsNoPassword() async throws {
        try await withSandbox { box in
            let users: JSONTree = [["username": "app", "password": "secret-of-app"]]
            let document = try box.spec(postgresqlConf: ["log_statement": "all"])
                .replacing("spec", "database_users", with: users)
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let log = box.read(box.home + "/databases/shop/n1/log/postgres-host-1.log")
            #expect(log.contains("CREATE ROLE \"app\" LOGIN PASSWORD 'SCRAM-SHA-256$4096:"))
            #expect(!log.contains("secret-of-app"))
        }
    }

    @Test func withoutBackupsNothingIsArchived() async throws {
        try await withSandbox { box in
            let document = try box.spec().replacing("spec", "backup_config", with: .null)
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let node = try await box.instances(of: "shop")[0]
            #expect(try await node.value("SHOW archive_mode") == "off")
            #expect(!box.exists("home/databases/shop/n1/pgbackrest.backup.conf"))
            let refused = try await box.pgstanza("backup", "shop", "--type", "full", "-q").expect(exit: 73)
            #expect(refused.errorOutput.contains("backup_config"))
            try await box.pgstanza("db", "remove", "shop").expect(exit: 0)
        }
    }

    private func collect<Value>(_ nodes: [Instance], _ body: (Instance) async throws -> Value) async throws -> [Value] {
        var found: [Value] = []
        for node in nodes { found.append(try await body(node)) }
        return found
    }
}
