import Catalog
import PositionedJSON
import Postgres
import Spec

/// One instance of a database, as `db list` and `db show` print it.
struct InstanceRow {
    enum State: String {
        case running
        case stopped
        /// Its data directory is not there, or empty.
        case missing
        /// On another host.
        case elsewhere
    }

    let node: String
    let hostID: String
    let role: InstanceRole
    let port: Int?
    let pgdata: String?
    let state: State
    let backups: BackupState

    /// The instances of a record in the order of its spec, then those that the spec has no longer.
    static func rows(of record: DatabaseRecord, spec: DatabaseSpec) -> [InstanceRow] {
        var rows: [InstanceRow] = []
        for node in spec.effectiveNodes {
            let known = record.nodes[node.name]
            for (index, host) in node.hostIDs.enumerated() {
                let instance = known?.instances[host]
                rows.append(
                    InstanceRow(
                        node: node.name, hostID: host, role: index == 0 ? .primary : .replica,
                        port: instance?.port ?? node.local.instances[host]?.port ?? node.port, pgdata: instance?.pgdata,
                        state: instance.map(state) ?? .elsewhere, backups: known?.backups ?? .none))
            }
        }
        for (name, known) in record.nodes.sorted(by: { $0.key < $1.key }) {
            for (host, instance) in known.instances.sorted(by: { $0.key < $1.key })
            where !rows.contains(where: { $0.node == name && $0.hostID == host }) {
                rows.append(
                    InstanceRow(
                        node: name, hostID: host, role: instance.role, port: instance.port, pgdata: instance.pgdata,
                        state: state(of: instance), backups: known.backups))
            }
        }
        return rows
    }

    private static func state(of instance: InstanceRecord) -> State {
        guard FileInformation.exists(instance.pgdata + "/PG_VERSION") else { return .missing }
        return ((try? PostmasterFile.alive(pgdata: instance.pgdata)) ?? nil) == nil ? .stopped : .running
    }

    var document: JSONTree {
        .object([
            "name": .string(node), "host_id": .string(hostID), "role": .string(role.rawValue), "port": JSONTree(port),
            "pgdata": JSONTree(pgdata), "state": .string(state.rawValue), "backups": .string(backups.rawValue),
        ])
    }

    var cells: [String] {
        [
            node, hostID, role.rawValue, port.map { String($0) } ?? "-", state.rawValue, backups.rawValue,
            pgdata ?? "-",
        ]
    }

    static let columns: [(heading: String, alignment: TextTable.Alignment)] = [
        ("node", .left), ("host", .left), ("role", .left), ("port", .right), ("state", .left), ("backups", .left),
        ("pgdata", .left),
    ]
}

extension DatabaseRecord {
    /// The accepted spec as a value.
    ///
    /// - Throws: `SpecProblems` when the record's spec is not valid, as after an upgrade that got stricter.
    func acceptedSpec(_ home: Home) throws -> DatabaseSpec {
        try SpecReader.readDatabase(Array(spec.text(pretty: false).utf8), file: home.databaseFile(id))
    }
}
