import Spec
import Testing

@Suite("Broken: nodes")
struct BrokenNodesTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""name": "n3""#, #""name": ‸"n2""#,
            path: "spec.nodes[2].name",
            #""n2" stands twice among the node names"#,
            hint: "it is also in line 24"),
        Broken(
            #""name": "n2""#, #""name": ‸"node2""#,
            path: "spec.nodes[1].name",
            #""node2" is not a node name"#,
            hint: "node names are n1, n2 and so on"),
        Broken(
            #""name": "n2""#, #""name": ‸"n""#,
            path: "spec.nodes[1].name",
            #""n" is not a node name"#,
            hint: "node names are n1, n2 and so on"),
        Broken(
            "{\n        \"name\": \"n2\", ", "‸{ ",
            path: "spec.nodes[1].name",
            #""name" is missing"#,
            hint: "add it: the name of the node: n1, n2 and so on"),
        Broken(
            #""host_ids": ["host-3"]"#, #""host_ids": ‸[]"#,
            path: "spec.nodes[1].host_ids",
            "expected one or more host ids, found none",
            hint: nil),
        Broken(
            #""host_ids": ["host-3"]"#, #""host_ids": ["host-3", ‸"host-3"]"#,
            path: "spec.nodes[1].host_ids[1]",
            #""host-3" stands twice among the host ids"#,
            hint: "it is also in line 24"),
        Broken(
            #""host_ids": ["host-3"]"#, #""host_ids": [‸"../etc"]"#,
            path: "spec.nodes[1].host_ids[0]",
            #""../etc" is not a host id"#,
            hint: "1 to 63 of a-z, A-Z, 0-9, '.', '_' and '-', starting with a letter or digit"),
        Broken(
            #""host_ids": ["host-3"]"#, #""host_ids": ‸"host-3""#,
            path: "spec.nodes[1].host_ids",
            #"expected an array of host ids, found a string ("host-3")"#,
            hint: #"put it in brackets: ["host-3"]"#),
        Broken(
            #""host_ids": ["host-3"]"#, #"‸"host_id": ["host-3"]"#,
            path: "spec.nodes[1].host_id",
            #"unknown key "host_id""#,
            hint: #"did you mean "host_ids"?"#),
        Broken(
            #""source_node": "n1""#, #""source_node": ‸"n2""#,
            path: "spec.nodes[1].source_node",
            "a node cannot be its own source",
            hint: "name another node, or take the key out"),
        Broken(
            #""source_node": "n1""#, #""source_node": ‸"n4""#,
            path: "spec.nodes[1].source_node",
            #"there is no node "n4""#,
            hint: "the nodes are n1, n2, n3"),
        Broken(
            #""name": "n3", "#, #""name": "n3", ‸"source_node": "n1", "#,
            path: "spec.nodes[2].source_node",
            "a node takes its data from source_node or from restore_config, and both stand here",
            hint: "take one of them out"),
        Broken(
            #""host_ids": ["host-4"]"#, #""host_ids": [‸"host-3"]"#,
            path: "spec.nodes[2].host_ids[0]",
            #"nodes n2 and n3 have one data directory (/srv/pgdata) on host "host-3""#,
            hint: "give n3 a data directory or a host of its own"),
        Broken(
            #""port": 5434"#, #""port": ‸70000"#,
            path: "spec.nodes[1].port",
            "70000 is not a port",
            hint: "a port is 0 to 65535; 0 takes a free one and keeps it"),
        Broken(
            #""port": 5433"#, #""port": ‸"x""#,
            path: "spec.nodes[0].orchestrator_opts.local.instances.host-2.port",
            #"expected a port, found a string ("x")"#,
            hint: "a port is 0 to 65535; 0 takes a free one and keeps it"),
        Broken(
            #"{"host-2": {"#, #"{‸"host-22": {"#,
            path: "spec.nodes[0].orchestrator_opts.local.instances.host-22",
            #"the node has no host "host-22""#,
            hint: #"did you mean "host-2"?"#),
        Broken(
            #""host_ids": ["host-4"]"#, #""host_ids": [‸"host-1"]"#,
            path: "spec.nodes[2].host_ids[0]",
            #"nodes n1 and n3 have one port (5432) on host "host-1""#,
            hint: "give n3 a port or a host of its own"),
        Broken(
            #""pgdata": "/srv/n1-replica""#, #"‸"pg_data": "/srv/n1-replica""#,
            path: "spec.nodes[0].orchestrator_opts.local.instances.host-2.pg_data",
            #"unknown key "pg_data""#,
            hint: #"did you mean "pgdata"?"#),
        Broken(
            "\"nodes\": [\n",
            "\"nodes\": ‸[{\"name\": \"n10\", \"host_ids\": [\"h10\"]}, {\"name\": \"n11\", \"host_ids\": [\"h11\"]}, {\"name\": \"n12\", \"host_ids\": [\"h12\"]}, {\"name\": \"n13\", \"host_ids\": [\"h13\"]}, {\"name\": \"n14\", \"host_ids\": [\"h14\"]}, {\"name\": \"n15\", \"host_ids\": [\"h15\"]}, {\"name\": \"n16\", \"host_ids\": [\"h16\"]},\n",
            path: "spec.nodes",
            "expected 1 to 9 nodes, found 10",
            hint: nil),
    ]
}
