import Foundation
import Glibc
import PositionedJSON
import Testing

/// A node that joins others which are written to all the while, and afterwards a count of what is different.
struct JoinRun {
    /// The nodes that are there.
    var mesh: Mesh
    /// The spec that is in force.
    var document: JSONTree

    var box: Sandbox { mesh.box }

    /// Commits that each node that is there makes at least while another one joins.
    static let minimum = 500

    /// The spec document with a node more, on a host and a port of its own.
    func adding(_ name: String, _ members: [String: JSONTree], port: Int? = nil) throws -> JSONTree {
        let host = "host-of-\(name)"
        let instances: JSONTree = [host: ["port": .integer(Int64(try port ?? FreePorts.take()))]]
        var node = JSONTree.object([
            "name": .string(name), "host_ids": [.string(host)],
            "orchestrator_opts": ["local": ["instances": instances]],
        ])
        for (key, value) in members { node = merged(node, key, value) }
        var wanted = document
        wanted["spec"]?["nodes"] = .array((document["spec"]?["nodes"]?.arrayValue ?? []) + [node])
        return wanted
    }

    private func merged(_ node: JSONTree, _ key: String, _ value: JSONTree) -> JSONTree {
        guard key == "local", case .object(let members) = value else { return node.replacing(key, with: value) }
        return members.reduce(node) { $0.replacing("orchestrator_opts", "local", $1.key, with: $1.value) }
    }

    /// `restore_config` for the newest state of a node.
    static func backup(of node: String) -> JSONTree {
        ["source_node_name": .string(node), "restore_options": .object([:])]
    }

    /// Brings the database to `wanted` while all nodes are written to, killing it at each of the points and going on;
    /// then has the new node written to as well, after `finish`, waits until nothing moves and compares everything.
    mutating func join(
        _ what: String, _ wanted: JSONTree, reference: String = "n2", killedAt points: [String] = [],
        finish: (Mesh) async throws -> Void = { _ in }
    ) async throws {
        let writers = try mesh.nodes.map { try MeshWriter(on: $0, of: mesh) }
        for writer in writers { try await writer.waitForCommits(20) }
        let servers = mesh.nodes.map(\.postmasterPID)
        let before = writers.map { $0.acknowledged().count }
        let spec = try box.write("joined.json", wanted.text(pretty: true))
        for point in points { try await box.kill(at: point, ["db", "update", mesh.shop.id, spec, "--yes"]) }
        let seconds = try await update(spec, held: points.isEmpty ? "restore-files.restored" : nil) {
            for (writer, before) in zip(writers, before) {
                let missing = before + Self.minimum - writer.acknowledged().count
                if missing > 0 { try await writer.waitForCommits(missing) }
            }
        }
        let meanwhile = zip(writers, before).map { $0.acknowledged().count - $1 }
        #expect(mesh.nodes.map(\.postmasterPID) == servers, "\(what): a node was restarted")

        document = wanted
        mesh = Mesh(
            shop: Shop(box: box, id: mesh.shop.id, instances: try await box.instances(of: mesh.shop.id)),
            provider: mesh.provider)
        try await finish(mesh)
        // Those from before go on for a while beside new ones, the new node's among them.
        let outcome = try await MeshRun(mesh: mesh).during("\(what), afterwards", reference: reference) {
            for writer in writers { try await writer.stop() }
        }
        for (node, difference) in outcome.differences { #expect(difference == .none, "\(what): \(node)") }
        #expect(outcome.rows.values.allSatisfy { $0 == outcome.rows[reference] }, "\(what): \(outcome.rows)")
        let new = try #require(mesh.nodes.last)
        for (writer, commits) in zip(writers, meanwhile) {
            #expect(commits >= Self.minimum, "\(what): too few commits on \(writer.node.name) to prove anything")
            let acknowledged = writer.acknowledged()
            #expect(
                acknowledged == Array(1...acknowledged.count), "\(what): \(writer.node.name) did not always take writes"
            )
            let absent = try await absent(writer.expectedKeys(), from: new)
            #expect(absent.isEmpty, "\(what): \(absent.count) rows of \(writer.node.name) are not on \(new.name)")
        }
        let numbers = zip(writers, meanwhile).map { "\($0.node.name) \($1)" }.joined(separator: ", ")
        print("\(what): \(seconds) s, commits meanwhile: \(numbers); \(outcome.rows[new.name] ?? 0) rows on each node")
    }

    /// Runs the update to its end; held at a point until `meanwhile` is done. The seconds that it took.
    private func update(_ spec: String, held point: String?, _ meanwhile: () async throws -> Void) async throws -> Int {
        let paused = box.path + "/out/join-paused"
        try? FileManager.default.removeItem(atPath: paused)
        let program = try box.start(
            [box.executable, "db", "update", mesh.shop.id, spec, "--yes"],
            environment: point.map { ["PGSTANZA_TEST_PAUSE": $0, "PGSTANZA_TEST_PAUSED": paused] } ?? [:])
        let start = ContinuousClock.now
        while point != nil, !box.exists(paused), SandboxProcess(program.pid) != nil {
            guard ContinuousClock.now - start < .seconds(120) else { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        if point == nil || box.exists(paused) { try await meanwhile() }
        try? FileManager.default.removeItem(atPath: paused)
        let result = try await program.wait(timeLimit: 300)
        box.log.add(result)
        try result.expect(exit: 0)
        #expect(!result.errorOutput.contains("could not"), "\(result.errorOutput)")
        return Int((ContinuousClock.now - start).components.seconds)
    }

    private func absent(_ keys: [Int], from node: Instance) async throws -> [Int] {
        var present: Set<String> = []
        for table in mesh.tables { present.formUnion(try await node.query("SELECT id FROM \(table)").map { $0[0] }) }
        return keys.filter { !present.contains(String($0)) }
    }

    /// Logical slots and subscriptions that the nodes have for another one; empty when nothing is left.
    func traces(of name: String) async throws -> [String] {
        var found: [String] = []
        for node in mesh.nodes where node.name != name {
            found += try await node.query(
                "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE '%\(name)%'"
            ).map { "\(node.name) slot \($0[0])" }
            let subscriptions: String
            switch mesh.provider {
            case .pglogical: subscriptions = "SELECT sub_name FROM pglogical.subscription"
            case .native: subscriptions = "SELECT subname AS sub_name FROM pg_subscription"
            case .spock: subscriptions = "SELECT sub_name FROM spock.subscription"
            }
            found += try await node.query(
                "SELECT sub_name FROM (\(subscriptions)) s WHERE sub_name::text LIKE '%\(name)%'"
            ).map { "\(node.name) subscription \($0[0])" }
        }
        if box.exists(box.home + "/databases/\(mesh.shop.id)/\(name)/pgdata") { found.append("a data directory") }
        return found
    }

    /// An update that must end with this code, and leave nothing of the node.
    func refuses(_ wanted: JSONTree, node: String, exit: Int32, code: String) async throws {
        let spec = try box.write("refused.json", wanted.text(pretty: true))
        let result = try await box.pgstanza("db", "update", mesh.shop.id, spec, "--yes", "--json").expect(exit: exit)
        let error = try result.jsonError()["error"]
        #expect(error?["code"]?.stringValue == code, "\(result.errorOutput)")
        #expect(try await traces(of: node).isEmpty, "after \(code)")
        print("\(code): \(error?["message"]?.stringValue ?? "")")
    }
}

extension Sandbox {
    /// Nodes that `db create` has connected, with the table `items` that writers write, and a full backup of n1.
    func createJoinable(nodes: Int, provider: String = "pglogical") async throws -> JoinRun {
        let tables = [
            "CREATE TABLE items (id bigint PRIMARY KEY, node text, v text, n int)", "GRANT ALL ON items TO app",
            "CREATE SEQUENCE loose", "SELECT nextval('loose')",
        ]
        var made: JSONTree = .null
        func finish(_ draft: inout JSONTree) {
            draft = draft.replacing("spec", "pg_hba_conf", with: ["host all app 127.0.0.1/32 trust"])
                .replacing("spec", "scripts", "post_init", with: ["CREATE ROLE app LOGIN"])
            made = draft
        }
        let shop =
            provider == "spock"
            ? try await createSpockMesh(nodes: nodes, tables: tables, change: finish)
            : try await createMesh(nodes: nodes, provider: provider, tables: tables, change: finish)
        return JoinRun(
            mesh: Mesh(shop: shop, provider: provider == "spock" ? .spock : .pglogical), document: made)
    }
}
