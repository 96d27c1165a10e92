import PositionedJSON
import Testing

/// Two nodes on one host: restoring the one leaves everything of the other alone.
@Suite struct NeighbourTests {
    @Test func tablespacesAndLinksOfTheOtherNodeAreLeftAlone() async throws {
        try await withSandbox { box in
            let shop = try await box.createShop(nodes: 2)
            let (first, second) = (try shop.primary("n1"), try shop.primary("n2"))
            let tablespace = try box.makeDirectory("n2-ts")
            let wal = box.path + "/n2-wal"
            try await second.query("CREATE TABLESPACE ts1 LOCATION '\(tablespace)'")
            try await second.query("CREATE TABLE far TABLESPACE ts1 AS SELECT i FROM generate_series(1, 1000) i")
            try await box.pgstanza("db", "stop", shop.id, "n2").expect(exit: 0)
            try await box.run(["mv", second.dataDirectory + "/pg_wal", wal]).expect(exit: 0)
            try await box.run(["ln", "-s", wal, second.dataDirectory + "/pg_wal"]).expect(exit: 0)
            try await box.pgstanza("db", "start", shop.id, "n2").expect(exit: 0)
            try await shop.backup(node: "n2")
            // More than the backup holds, so that writing over it would be seen.
            try await second.query("INSERT INTO far SELECT i FROM generate_series(1001, 5000) i")
            let contents = try await second.contents(of: "far")

            let fromSecond = ["--target-node", "n1", "--source-node", "n2"]
            let newPlace = box.path + "/n1-ts"
            let mapped = fromSecond + ["--option", "tablespace-map=ts1=\(newPlace)"]
            let node = try await Untouched(shop)
            try await node.expectRefusal(
                fromSecond, check: "tablespaces",
                saying: ["written over \(tablespace), the tablespace", "--option tablespace-map=ts1=/DIR"])
            try await node.expectRefusal(
                mapped, check: "links", saying: ["pg_wal is a link to \(wal)", "--option link-map=pg_wal=/DIR"])
            try await node.expectRefusal(
                mapped + ["--option", "link-all=y"], check: "links",
                saying: ["link pg_wal would be written over \(wal), the pg_wal of node n2"])
            try await node.finish()
            #expect(try await second.contents(of: "far") == contents)

            let before = try await InstanceState.of(second)
            try await box.pgstanza(
                ["restore", shop.id] + mapped + ["--option", "link-map=pg_wal=\(box.path)/n1-wal", "--yes"]
            ).expect(exit: 0)
            #expect(try await first.contents(of: "far") == contents)
            #expect(try await second.contents(of: "far") == contents)
            #expect(try await InstanceState.of(second) == before)
            let place = try await first.value(
                "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'ts1'")
            #expect(place == newPlace)
            #expect(box.exists("n1-wal/archive_status"))
            // Restored again from its own backup's line, a node keeps the places that it has.
            try await box.pgstanza(
                "restore", shop.id, "--target-node", "n2", "--yes"
            ).expect(exit: 0)
            #expect(try await second.contents(of: "far") == contents)
            #expect(try await box.run(["readlink", second.dataDirectory + "/pg_wal"]).output == wal + "\n")
        }
    }
}
