import Replication

/// What comparing the nodes of a database came to.
public struct VerifyReport: Sendable, Equatable {
    public var database: String
    /// The nodes that were compared.
    public var nodes: [String]
    public var tables: [VerifiedTable]
    public var leftOut: [LeftOutTable]
    /// Who moves the rows between the nodes; empty when nobody does.
    public var providers: [String]

    public var isEqual: Bool { tables.allSatisfy(\.isEqual) }
    public var unequal: [VerifiedTable] { tables.filter { !$0.isEqual } }

    /// Throws `not-equal` (1) naming the tables that differ.
    public func requireEqual() throws {
        guard !isEqual else { return }
        let names = unequal.map(\.table.description)
        throw OperationError(
            .operation, code: "not-equal",
            "\(names.count) of \(tables.count) tables of \(database) "
                + "\(names.count == 1 ? "is" : "are") not equal on \(nodes.joined(separator: ", ")): "
                + names.joined(separator: ", "),
            hint:
                "the keys that differ are listed, more with --limit; bring those rows into agreement by hand, then run "
                + "pgstanza restore verify \(database) again")
    }
}

/// One table, compared.
public struct VerifiedTable: Sendable, Equatable {
    public struct Node: Sendable, Equatable {
        public var name: String
        /// nil when the node does not have the table, or it could not be read.
        public var rows: Int64?
        /// 32 hexadecimal digits: the same for the same rows in whatever order.
        public var checksum: String?
        /// Keys that others have and this node does not.
        public var missing: Int64
    }

    /// A key under which the nodes do not have the same.
    public struct Key: Sendable, Equatable {
        /// The key's columns and values as text; the one column `row` when the table has no key.
        public var columns: [(name: String, value: String?)]
        /// Nodes without such a row.
        public var missingOn: [String]
        /// Nodes that have the very same row, group by group.
        public var versions: [Version]

        public static func == (left: Key, right: Key) -> Bool {
            left.columns.elementsEqual(right.columns) { $0 == $1 } && left.missingOn == right.missingOn
                && left.versions == right.versions
        }
    }

    public struct Version: Sendable, Equatable {
        public var nodes: [String]
        /// How often the row is there; more than once only in a table without a key.
        public var copies: Int64
    }

    public var table: RelationName
    public var nodes: [Node]
    /// Keys that differ, all of them.
    public var differing: Int64
    /// The first of them.
    public var keys: [Key]
    /// The table has no primary key or replica identity by which rows could be told apart.
    public var hasNoKey: Bool
    /// What is different about the tables themselves, in sentences.
    public var differences: [String]
    /// Rows were changing on the way: nothing differed for long, though the checksums are of different moments.
    public var isMoving: Bool
    /// Why it could not be compared.
    public var problem: String?

    public var isEqual: Bool { differing == 0 && differences.isEmpty && problem == nil }
}

extension VerifiedTable {
    /// Says for people which rows differ.
    init(
        _ table: ComparedTable, checksums: [String: TableChecksum], tally: DifferenceTally?, isMoving: Bool
    ) {
        let present = table.nodes.filter { !table.missingOn.contains($0) }
        self.init(
            table: table.name,
            nodes: table.nodes.map { node in
                Node(
                    name: node, rows: checksums[node]?.rows, checksum: checksums[node]?.text,
                    missing: present.firstIndex(of: node).flatMap { tally?.missing[$0] } ?? 0)
            },
            differing: tally?.count ?? 0,
            keys: (tally?.kept ?? []).map { Key($0, table, present) }.sorted(by: Key.precedes),
            hasNoKey: table.key.isEmpty, differences: table.differences, isMoving: isMoving, problem: nil)
    }

    init(_ table: ComparedTable, problem: String) {
        self.init(
            table: table.name,
            nodes: table.nodes.map { Node(name: $0, rows: nil, checksum: nil, missing: 0) }, differing: 0, keys: [],
            hasNoKey: table.key.isEmpty, differences: table.differences, isMoving: false, problem: problem)
    }
}

extension VerifiedTable.Key {
    init(_ difference: KeyDifference, _ table: ComparedTable, _ nodes: [String]) {
        columns = zip(table.key.isEmpty ? ["row"] : table.key, difference.shown).map { ($0, $1) }
        missingOn = zip(nodes, difference.versions).filter { $1 == nil }.map(\.0)
        var groups: [(version: KeyDifference.Version, nodes: [String])] = []
        for (node, version) in zip(nodes, difference.versions) {
            guard let version else { continue }
            if let index = groups.firstIndex(where: { $0.version == version }) {
                groups[index].nodes.append(node)
            } else {
                groups.append((version, [node]))
            }
        }
        versions = groups.map { VerifiedTable.Version(nodes: $0.nodes, copies: $0.version.copies) }
    }

    /// Numbers by their value, everything else by its text.
    static func precedes(_ left: Self, _ right: Self) -> Bool {
        for (left, right) in zip(left.columns, right.columns) where left.value != right.value {
            guard let first = left.value, let second = right.value else { return left.value == nil }
            if let first = Int64(first), let second = Int64(second) { return first < second }
            return first < second
        }
        return false
    }
}
