import Replication

/// A table to be compared, and how.
struct ComparedTable: Sendable, Equatable {
    var name: RelationName
    /// The nodes that are compared, in the order of the spec.
    var nodes: [String]
    /// Those of them that do not have the table.
    var missingOn: [String]
    var isPartitioned: Bool
    /// Columns that are compared, sorted by name: their order may differ between nodes.
    var columns: [String]
    /// Columns that tell rows apart; empty when nothing but the whole row does.
    var key: [String]
    /// SQL condition on the rows that are compared.
    var rowFilter: String?
    /// Differences between the tables themselves, in sentences; they make the nodes unequal.
    var differences: [String]
    var estimatedRows: Int64
}

/// A table that is not compared, and why.
public struct LeftOutTable: Sendable, Equatable {
    public var table: RelationName
    public var reason: String
}

/// Chooses the tables to be compared: pure.
struct ComparisonPlan: Sendable, Equatable {
    var tables: [ComparedTable]
    var leftOut: [LeftOutTable]

    /// `shapes` by node, in the order of the spec. `links` are what the nodes send each other; nil when no provider is
    /// at work, and every table that all nodes have is compared. `names` are the tables asked for; empty for all.
    ///
    /// Throws `no-such-table` (66) naming the first of `names` that no node has.
    init(
        shapes: [(node: String, tables: [TableShape])], links: [TableLink]?, names: [String]
    ) throws {
        let nodes = shapes.map(\.node)
        var byTable: [RelationName: [String: TableShape]] = [:]
        for (node, tables) in shapes {
            for table in tables { byTable[table.name, default: [:]][node] = table }
        }
        let withoutProvider = links == nil
        let linked = Dictionary(grouping: links ?? [], by: \.table)
        let known = Set(byTable.keys).union(linked.keys)
        for name in names where !known.contains(where: { $0.isMeant(by: name) }) {
            throw OperationError(
                .notFound, code: "no-such-table", "no node has a table \(name)",
                hint: "name it with its schema: --table schema.table")
        }
        tables = []
        leftOut = []
        for name in known.sorted() {
            let isAskedFor = names.contains { name.isMeant(by: $0) }
            guard names.isEmpty || isAskedFor else { continue }
            let owners = byTable[name] ?? [:]
            let links = linked[name] ?? []
            if links.isEmpty {
                addUnlinked(name, owners, nodes, isAskedFor: isAskedFor, withoutProvider: withoutProvider)
                continue
            }
            for group in Self.groups(of: links, nodes) {
                add(name, owners, group, links.filter { group.contains($0.provider) })
            }
        }
    }

    /// A table that no node sends to another.
    private mutating func addUnlinked(
        _ name: RelationName, _ owners: [String: TableShape], _ nodes: [String], isAskedFor: Bool, withoutProvider: Bool
    ) {
        let present = nodes.filter { owners[$0] != nil }
        // The rows of a partitioned table are compared where they lie.
        if owners.values.contains(where: \.isPartitioned), !isAskedFor { return }
        guard isAskedFor || withoutProvider else {
            leftOut.append(LeftOutTable(table: name, reason: "it is not replicated between the nodes"))
            return
        }
        guard present.count == nodes.count || (isAskedFor && present.count > 1) else {
            leftOut.append(LeftOutTable(table: name, reason: "only \(present.joined(separator: ", ")) has it"))
            return
        }
        add(name, owners, present, [])
    }

    private mutating func add(
        _ name: RelationName, _ owners: [String: TableShape], _ nodes: [String], _ links: [TableLink]
    ) {
        let filters = Set(links.map(\.rowFilter))
        guard filters.count <= 1 else {
            leftOut.append(
                LeftOutTable(
                    table: name, reason: "\(nodes.joined(separator: ", ")) send different parts of its rows"))
            return
        }
        let shapes = nodes.compactMap { owners[$0] }
        // A table that a node should have and lacks says nothing of its columns.
        var common = Set(shapes.first?.columns ?? [])
        for shape in shapes { common.formIntersection(shape.columns) }
        var sent = common
        for link in links {
            if let columns = link.columns { sent.formIntersection(columns) }
        }
        var differences: [String] = []
        if links.allSatisfy({ $0.columns == nil }) {
            for column in Set(shapes.flatMap(\.columns)).subtracting(common).sorted() {
                let holders = nodes.filter { owners[$0]?.columns.contains(column) ?? false }
                differences.append("only \(holders.joined(separator: ", ")) has the column \(column)")
            }
        }
        let missing = nodes.filter { owners[$0] == nil }
        if !missing.isEmpty { differences.append("\(missing.joined(separator: ", ")) does not have the table") }
        let keys = Set(shapes.map { Set($0.key) })
        let key = keys.count == 1 ? shapes[0].key : []
        tables.append(
            ComparedTable(
                name: name, nodes: nodes, missingOn: missing,
                isPartitioned: shapes.contains(where: \.isPartitioned), columns: sent.sorted(),
                key: sent.isSuperset(of: key) ? key : [], rowFilter: filters.first ?? nil, differences: differences,
                estimatedRows: shapes.map(\.estimatedRows).max() ?? 0))
    }

    /// Nodes that the table's rows reach each other, over others too: each group can be equal in itself.
    private static func groups(of links: [TableLink], _ nodes: [String]) -> [[String]] {
        var groups: [Set<String>] = []
        for link in links {
            let pair: Set = [link.provider, link.subscriber]
            let touched = groups.filter { !$0.isDisjoint(with: pair) }
            groups.removeAll { !$0.isDisjoint(with: pair) }
            groups.append(touched.reduce(pair) { $0.union($1) })
        }
        return groups.map { group in nodes.filter(group.contains) }.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
