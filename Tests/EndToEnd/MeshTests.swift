import Foundation
import PositionedJSON
import Testing

/// `db create` of several nodes: each has every other's rows.
@Suite struct MeshTests {
    @Test func threeNodesHaveEachOthersRows() async throws {
        try await withSandbox { box in
            let shop = try await box.createMesh(nodes: 3, tables: ["CREATE TABLE t (id int PRIMARY KEY, x text)"]) {
                $0["spec"]?["backup_config"] = nil
            }
            let nodes = try ["n1", "n2", "n3"].map { try shop.primary($0) }
            #expect(
                try await nodes[1].query(
                    "SELECT sub_name, coalesce(sub_forward_origins, '{}') FROM pglogical.subscription ORDER BY 1")
                    == [["sub_n1_n2", "{}"], ["sub_n3_n2", "{}"]])
            #expect(try await nodes[0].value("SHOW wal_level") == "logical")
            #expect(try await nodes[0].value("SHOW track_commit_timestamp") == "on")
            // Peers come in as the role that replicates, by a file that holds its password.
            let dsn = try await nodes[0].value("SELECT if_dsn FROM pglogical.node_interface WHERE if_name = 'n2'")
            #expect(dsn.contains("user=pgstanza") && dsn.contains("passfile=\(box.home)/databases/shop/n2/passfile"))
            #expect(!dsn.contains("password="))
            #expect(
                try await nodes[0].value("SELECT rolsuper FROM pg_roles WHERE rolname = 'pgstanza'") == "f")

            for (index, node) in nodes.enumerated() {
                try await node.query(
                    "INSERT INTO t SELECT i, 'of \(node.name)' FROM generate_series(1, 30) i WHERE i % 3 = \(index)")
            }
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "30") }
            try await nodes[0].query("UPDATE t SET x = 'changed' WHERE id <= 15")
            try await nodes[2].query("DELETE FROM t WHERE id > 25")
            for node in nodes {
                try await node.waitFor("SELECT count(*) FROM t WHERE x = 'changed'", toBe: "15")
                try await node.waitFor("SELECT count(*) FROM t", toBe: "25")
            }
            let verified = try await box.pgstanza("restore", "verify", "shop", "--json").expect(exit: 0).json()
            #expect(verified["tables"]?.arrayValue?.compactMap { $0["table"]?.stringValue } == ["public.t"])

            // Twice is once.
            let again = try await box.pgstanza("db", "create", box.path + "/shop.json", "--yes").expect(exit: 0)
            #expect(again.output.contains("nothing to do"))
            #expect(try await nodes[0].value("SELECT count(*) FROM pg_replication_slots") == "2")
        }
    }

    /// Killed with SIGKILL ever later, then run again to the end.
    @Test func killedAnywhereItCanBeRunAgain() async throws {
        try await withSandbox { box in
            let draft = try box.meshSpec(nodes: 2, tables: ["CREATE TABLE t (id int PRIMARY KEY)"])
            let spec = try box.write(
                "shop.json", draft.replacing("spec", "backup_config", with: .null).text(pretty: true))
            for phase in ["starting the server", "making users", "opening the node", "subscribing", "subscribing"] {
                let program = try box.startPgstanza("db", "create", spec, "--yes")
                // A try that finds that phase done already ends by itself.
                while !program.errorOutputSoFar.contains(phase), !program.outputSoFar.contains("created") {
                    guard ContinuousClock.now - program.started < .seconds(60) else { break }
                    try await Task.sleep(for: .milliseconds(5))
                }
                program.signal(SIGKILL)
                let result = try await program.wait()
                box.log.add("at \(phase): \(result.summary)")
            }
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            let nodes = try await box.instances(of: "shop")
            for (index, node) in nodes.enumerated() {
                try await node.query("INSERT INTO t SELECT i FROM generate_series(1, 10) i WHERE i % 2 = \(index)")
            }
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "10") }
            for node in nodes {
                #expect(try await node.value("SELECT count(*) FROM pg_replication_slots WHERE active") == "1")
                #expect(try await node.value("SELECT count(*) FROM pglogical.subscription WHERE sub_enabled") == "1")
            }
        }
    }

    /// Clusters that were there: connected when that is asked for and they are set up for it.
    @Test func adoptedClustersAreConnectedOnRequest() async throws {
        try await withSandbox { box in
            var servers: [Instance] = []
            for name in ["a", "b"] {
                let settings = name == "a" ? [:] : ["wal_level": "logical", "shared_preload_libraries": "pglogical"]
                let server = try await box.startCluster(name, settings: settings)
                try await server.query("CREATE DATABASE shop")
                try await server.query("CREATE TABLE t (id int PRIMARY KEY)", database: "shop")
                servers.append(server)
            }
            let nodes: [JSONTree] = zip(["n1", "n2"], servers).map { name, server in
                [
                    "name": .string(name), "host_ids": [.string("host-" + name)],
                    "orchestrator_opts": ["local": ["pgdata": .string(server.dataDirectory)]],
                ]
            }
            let draft: JSONTree = [
                "id": "shop",
                "spec": [
                    "database_name": "shop", "nodes": .array(nodes),
                    "orchestrator_opts": ["local": ["replication": "pglogical"]],
                ],
            ]
            let spec = try box.write("shop.json", draft.text(pretty: true))
            let before = try await InstanceState.of(servers[0])
            let refused = try await box.pgstanza("db", "create", spec, "--yes", "--json").expect(exit: 73)
            #expect(try refused.jsonError()["error"]?["code"]?.stringValue == "not-logical")
            #expect(try await InstanceState.of(servers[0]) == before)

            try await servers[0].query("ALTER SYSTEM SET wal_level = logical")
            try await servers[0].query("ALTER SYSTEM SET shared_preload_libraries = pglogical")
            try await servers[0].pgCtl("-m", "fast", "-w", "-l", box.path + "/a/server.log", "restart").expect(exit: 0)
            try await box.pgstanza("db", "create", spec, "--yes").expect(exit: 0)
            for (index, server) in servers.enumerated() {
                try await server.query("INSERT INTO t VALUES (\(index))", database: "shop")
            }
            for server in servers { try await server.waitFor("SELECT count(*) FROM t", toBe: "2", database: "shop") }
        }
    }

    /// Two homes with host ids of their own stand for two hosts.
    @Test func eachHostMakesItsOwnSubscriptions() async throws {
        try await withSandbox { box in
            let draft = try box.meshSpec(nodes: 2, tables: ["CREATE TABLE t (id int PRIMARY KEY)"])
                .replacing("spec", "backup_config", with: .null)
            let spec = try box.write("shop.json", draft.text(pretty: true))
            var homes: [String] = []
            for (own, other) in [("host-1", "host-2"), ("host-2", "host-1")] {
                let home = try box.makeDirectory("home-of-" + own)
                homes.append(home)
                try box.write(
                    home + "/config.json", #"{"host_id": "\#(own)", "hosts": {"\#(other)": {"address": "127.0.0.1"}}}"#)
            }
            func create(_ home: String) async throws -> ProgramResult {
                try await box.pgstanza("db", "create", spec, "--yes", "--home", home).expect(exit: 0)
            }
            func copyPassfile(of node: String, from source: String, to target: String) throws {
                let name = "/databases/shop/\(node)/passfile"
                try box.write(target + name, box.read(source + name), mode: 0o600)
            }
            let first = try await create(homes[0])
            #expect(first.errorOutput.contains("sub_n2_n1 could not be made yet"))
            #expect(first.errorOutput.contains("copy \(homes[0])/databases/shop/n2/passfile from host-2"))
            try copyPassfile(of: "n1", from: homes[0], to: homes[1])
            _ = try await create(homes[1])
            try copyPassfile(of: "n2", from: homes[1], to: homes[0])
            _ = try await create(homes[0])
            #expect(try await create(homes[0]).output.contains("nothing to do"))

            let nodes = try ["n1", "n2"].enumerated().map { index, name in
                let instances = draft["spec"]?["nodes"]?[index]?["orchestrator_opts"]?["local"]?["instances"]
                let port = try #require(instances?["host-\(index + 1)"]?["port"]?.intValue)
                return Instance(
                    box: box, name: name, port: Int(port), socketDirectory: homes[index] + "/run",
                    dataDirectory: homes[index] + "/databases/shop/\(name)/pgdata", database: "shop")
            }
            for (index, node) in nodes.enumerated() { try await node.query("INSERT INTO t VALUES (\(index))") }
            for node in nodes { try await node.waitFor("SELECT count(*) FROM t", toBe: "2") }
            // Each can be compared from either host.
            let verified = try await box.pgstanza("restore", "verify", "shop", "--json", "--home", homes[1])
                .expect(exit: 0).json()
            #expect(verified["tables"]?[0]?["nodes"]?[0]?["rows"]?.intValue == 2)
        }
    }
}
