import Foundation
import PositionedJSON

extension Sandbox {
    /// A posix repository of the sandbox's own; its directory exists.
    func posixRepository(id: String = "local", path: String = "repo") throws -> JSONTree {
        .object(["id": .string(id), "type": .string("posix"), "base_path": .string(try makeDirectory(path))])
    }

    /// A spec document `{"id", "spec"}` to start from: nodes `n1`… with `replicas` read replicas each, every instance
    /// on a free port, one posix repository unless others are given. Several nodes know nothing of each other unless a
    /// provider of `replication` is given. Change it through its subscripts.
    func spec(
        id: String = "shop", databaseName: String? = nil, nodes: Int = 1, replicas: Int = 0,
        repositories: [JSONTree]? = nil, postgresqlConf: [String: JSONTree] = [:], replication: String = "none"
    ) throws -> JSONTree {
        var host = 0
        let nodeList = try (1...nodes).map { number -> JSONTree in
            var hosts: [JSONTree] = []
            var instances: [String: JSONTree] = [:]
            for _ in 0...replicas {
                host += 1
                hosts.append(.string("host-\(host)"))
                instances["host-\(host)"] = .object(["port": .integer(Int64(try FreePorts.take()))])
            }
            return .object([
                "name": .string("n\(number)"), "host_ids": .array(hosts),
                "orchestrator_opts": .object(["local": .object(["instances": .object(instances)])]),
            ])
        }
        // Small and without fsync: the machine that runs the tests may lose them.
        let small: [String: JSONTree] = [
            "shared_buffers": .string("32MB"), "fsync": .string("off"), "max_wal_size": .string("256MB"),
        ]
        return .object([
            "id": .string(id),
            "spec": .object([
                "database_name": .string(databaseName ?? id),
                "postgresql_conf": .object(small.merging(postgresqlConf) { $1 }),
                "nodes": .array(nodeList),
                "orchestrator_opts": .object(["local": .object(["replication": .string(replication)])]),
                "backup_config": .object(["repositories": .array(try repositories ?? [posixRepository()])]),
            ]),
        ])
    }

    /// A spec document of one node that adopts a server of the tests' own.
    func adoptionSpec(of server: Instance, id: String = "shop") throws -> JSONTree {
        .object([
            "id": .string(id),
            "spec": .object([
                "database_name": .string(id),
                "nodes": .array([
                    .object([
                        "name": .string("n1"), "host_ids": .array([.string("host-1")]),
                        "orchestrator_opts": .object(["local": .object(["pgdata": .string(server.dataDirectory)])]),
                    ])
                ]),
                "backup_config": .object(["repositories": .array([try posixRepository()])]),
            ]),
        ])
    }
}

/// A step into a JSON document: a key or an index.
protocol JSONStep: Sendable {}
extension String: JSONStep {}
extension Int: JSONStep {}

extension JSONTree {
    /// The document with the value at `path` replaced, members added where they are missing; `.null` removes a member.
    func replacing(_ path: any JSONStep..., with value: JSONTree) -> JSONTree { replacing(path[...], with: value) }

    private func replacing(_ path: ArraySlice<any JSONStep>, with value: JSONTree) -> JSONTree {
        guard let step = path.first else { return value }
        switch (self, step) {
        case (.object(var members), let key as String):
            let changed = (members[key] ?? .object([:])).replacing(path.dropFirst(), with: value)
            // Not by assigning nil, which as a literal is JSON's null.
            if changed == .null { members.removeValue(forKey: key) } else { members[key] = changed }
            return .object(members)
        case (.array(var elements), let index as Int) where elements.indices.contains(index):
            elements[index] = elements[index].replacing(path.dropFirst(), with: value)
            return .array(elements)
        default:
            fatalError("no \(step) in \(text(pretty: false))")
        }
    }
}
