import PositionedJSON
import Testing

extension SpecChanges {
    /// A replica of the node, running or not.
    private static func replica(of bench: UpdateBench, _ host: String) async throws -> Instance {
        let record = try JSONTree.parse(bench.box.read(bench.box.home + "/databases/shop/database.json"))
        let own = record["nodes"]?["n1"]?["instances"]?[host]
        return Instance(
            box: bench.box, name: host, port: Int(own?["port"]?.intValue ?? 0),
            socketDirectory: own?["socket_dir"]?.stringValue ?? "", dataDirectory: own?["pgdata"]?.stringValue ?? "",
            isReplica: true, database: "shop")
    }

    static func replicas(_ box: Sandbox) throws -> [SpecChange] {
        let port = try FreePorts.take()
        return [
            SpecChange(
                "a replica that somebody promoted", ["rebuild-replica"], ["n1/host-2 process": .another]
            ).after { bench in
                let replica = try await replica(of: bench, "host-2")
                try await replica.query("SELECT pg_promote()")
                try await replica.waitFor("SELECT pg_is_in_recovery()", toBe: "f")
            },
            SpecChange(
                "a replica that is gone", ["build-replica"], ["n1/host-2 process": .another]
            ).after { bench in
                let replica = try await replica(of: bench, "host-2")
                try await replica.pgCtl("-m", "fast", "-w", "stop").expect(exit: 0)
                try await bench.box.run(["rm", "-rf", replica.dataDirectory]).expect(exit: 0)
            },
            SpecChange(
                "a replica more", ["build-replica"],
                ["n1/host-1 slot pgstanza_n1_host_3": "physical", "n1/host-3 *": .another]
            ) {
                $0 = $0.replacing("spec", "nodes", 0, "host_ids", with: ["host-1", "host-2", "host-3"])
                    .replacing(
                        "spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-3",
                        with: ["port": .integer(Int64(port))])
            },
            SpecChange(
                "a replica less", ["remove-replica"],
                ["n1/host-1 slot pgstanza_n1_host_2": .gone, "n1/host-2 *": .gone]
            ) {
                $0 = $0.replacing("spec", "nodes", 0, "host_ids", with: ["host-1", "host-3"])
                    .replacing("spec", "nodes", 0, "orchestrator_opts", "local", "instances", "host-2", with: .null)
            },
        ]
    }

    static func nodes(_ box: Sandbox) throws -> [SpecChange] {
        let port = Int64(try FreePorts.take())
        return [
            SpecChange(
                "a node more, from a backup, killed in the restore", ["add-node"],
                ["n2 *": .another, "n2/host-9 *": .another], killedAt: "restore-files.restored"
            ) {
                let node: JSONTree = [
                    "name": "n2", "host_ids": ["host-9"], "restore_config": ["source_node_name": "n1"],
                    "orchestrator_opts": ["local": ["instances": ["host-9": ["port": .integer(port)]]]],
                ]
                $0 = $0.replacing("spec", "nodes", with: .array(($0["spec"]?["nodes"]?.arrayValue ?? []) + [node]))
            }.showing { bench in
                let node = try #require(try await bench.box.instances(of: "shop").first { $0.name == "n2" })
                #expect(try await node.contents(of: "t") == bench.primary().contents(of: "t"))
            },
            SpecChange("restore_config goes", ["accept"], [:]) {
                $0 = $0.replacing("spec", "nodes", 1, "restore_config", with: .null)
            },
            SpecChange(
                "a user on both", ["create-user", "create-user"],
                ["n1/host-1 user guest": "", "n2/host-9 user guest": ""]
            ) {
                let users = ($0["spec"]?["database_users"]?.arrayValue ?? []) + [["username": "guest"]]
                $0 = $0.replacing("spec", "database_users", with: .array(users))
            },
            SpecChange(
                "the other node's own setting", ["change-setting"],
                ["n2/host-9 setting work_mem": "3072", "n2/host-9 file pgstanza.conf": .another]
            ) { $0 = $0.replacing("spec", "nodes", 1, "postgresql_conf", with: ["work_mem": "3MB"]) },
            SpecChange("a node less", ["remove-node"], ["n2 *": .gone, "n2/host-9 *": .gone]) {
                $0 = $0.replacing("spec", "nodes", with: .array([$0["spec"]?["nodes"]?[0] ?? .null]))
            },
        ]
    }
}
