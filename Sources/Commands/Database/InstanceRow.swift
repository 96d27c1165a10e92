import Catalog
import Operations
import PositionedJSON

/// One instance of a database, as `db list` and `db show` print it.
struct InstanceRow: Sendable {
    let node: String
    let hostID: String
    let role: InstanceRole
    let port: Int
    let pgdata: String
    /// `running`, `stopped`, `crashed`, `missing`, `empty`, `damaged`, or `elsewhere` for one on another host.
    let state: String
    let backups: BackupState

    /// The instances of a database, in the order of its spec, with their present states.
    static func rows(of record: DatabaseRecord, _ context: OperationContext) async throws -> [InstanceRow] {
        let placement = try context.load(record.id).placement
        let tools = NodeTools(context)
        var rows: [InstanceRow] = []
        for node in placement.nodes {
            for instance in node.instances {
                rows.append(
                    InstanceRow(
                        node: node.name, hostID: instance.hostID, role: instance.role, port: instance.port,
                        pgdata: instance.pgdata,
                        state: instance.isHere ? await tools.state(of: instance, of: node).name : "elsewhere",
                        backups: record.nodes[node.name]?.backups ?? .none))
            }
        }
        return rows
    }

    var document: JSONTree {
        .object([
            "name": .string(node), "host_id": .string(hostID), "role": .string(role.rawValue),
            "port": .integer(Int64(port)),
            "pgdata": .string(pgdata), "state": .string(state), "backups": .string(backups.rawValue),
        ])
    }

    var cells: [String] {
        [
            node, hostID, role.rawValue, port == 0 ? "-" : String(port), state, backups.rawValue, pgdata,
        ]
    }

    static let columns: [(heading: String, alignment: TextTable.Alignment)] = [
        ("node", .left), ("host", .left), ("role", .left), ("port", .right), ("state", .left), ("backups", .left),
        ("pgdata", .left),
    ]
}
