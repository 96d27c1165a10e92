import Foundation
import PositionedJSON
import Testing

/// Replicas that are made in other circumstances than the plain one.
@Suite struct ReplicaTests {
    @Test func onItsPrimarysMachineAReplicaHasTablespacesOfItsOwn() async throws {
        try await withSandbox { box in
            let server = try await box.startCluster(settings: ["archive_mode": "on"])
            let place = try box.makeDirectory("space")
            try await server.query("CREATE DATABASE shop")
            try await server.query("CREATE TABLESPACE space LOCATION '\(place)'")
            try await server.query("CREATE TABLE t TABLESPACE space AS SELECT 5 AS i", database: "shop")
            let data = box.path + "/replica"
            let document = try box.adoptionSpec(of: server)
                .replacing("spec", "nodes", 0, "host_ids", with: ["host-1", "host-2"])
                .replacing(
                    "spec", "nodes", 0, "orchestrator_opts", "local", "instances",
                    with: ["host-2": ["pgdata": .string(data)]])
            let spec = try box.write("spec.json", document.text(pretty: true))
            try await box.pgstanza("db", "create", spec).expect(exit: 0)
            let replica = try #require(try await box.instances(of: "shop").first { $0.isReplica })
            try await replica.waitFor("SELECT i FROM t", toBe: "5")
            #expect(box.exists("replica.tablespaces"))

            // Gone, it is built anew, and what was left of its tablespaces is no obstacle.
            try await box.pgstanza("db", "stop", "shop").expect(exit: 0)
            try FileManager.default.removeItem(atPath: data)
            try await box.pgstanza("db", "start", "shop").expect(exit: 73)
            try await server.query("INSERT INTO t VALUES (6)", database: "shop")
            try await box.pgstanza("db", "update", "shop").expect(exit: 0)
            try await replica.waitFor("SELECT sum(i) FROM t", toBe: "11")
            #expect(try await server.value("SELECT sum(i) FROM t", database: "shop") == "11")
        }
    }

    /// Two homes with host ids of their own stand for two hosts.
    @Test func eachHostMakesItsOwnPart() async throws {
        try await withSandbox { box in
            let document = try box.spec(replicas: 1)
            let spec = try box.write("spec.json", document.text(pretty: true))
            var homes: [String] = []
            for (own, other) in [("host-1", "host-2"), ("host-2", "host-1")] {
                let home = try box.makeDirectory("home-of-" + own)
                homes.append(home)
                try box.write(
                    home + "/config.json", #"{"host_id": "\#(own)", "hosts": {"\#(other)": {"address": "127.0.0.1"}}}"#)
            }
            let early = try await box.pgstanza("db", "create", spec, "--home", homes[1]).expect(exit: 73)
            #expect(early.errorOutput.contains("create the database on host-1 first"))
            let first = try await box.pgstanza("db", "create", spec, "--home", homes[0]).expect(exit: 0)
            #expect(first.errorOutput.contains("run the same command on host-2"))
            let passfile = "/databases/shop/n1/passfile"
            try box.write(homes[1] + passfile, box.read(homes[0] + passfile), mode: 0o600)
            let second = try await box.pgstanza("db", "create", spec, "--home", homes[1], "--json").expect(exit: 0)
                .json()
            #expect(Actions.of(second) == ["n1 create-replica"])

            let listed = try await box.pgstanza("db", "list", "--json", "--home", homes[1]).expect(exit: 0).json()
            let states = (listed["databases"]?[0]?["nodes"]?.arrayValue ?? []).compactMap { $0["state"]?.stringValue }
            #expect(states == ["elsewhere", "running"])
            let there = try await box.pgstanza("backup", "shop", "--type", "full", "--home", homes[1]).expect(exit: 73)
            #expect(there.errorOutput.contains("on host-1: pgstanza backup shop n1"))
            try await box.pgstanza("backup", "shop", "--type", "full", "--home", homes[0]).expect(exit: 0)
            let again = try await box.pgstanza("db", "create", spec, "--home", homes[1], "--json").expect(exit: 0)
                .json()
            #expect(again["actions"]?.arrayValue?.isEmpty == true)
        }
    }
}
