import Failures
import Postgres
import Replication

/// What `restore verify` is asked for.
public struct VerifyRequest: Sendable {
    public var id: String
    /// Nodes to compare; empty for all.
    public var nodes: [String]
    /// Tables to compare, with or without their schema; empty for all that are replicated.
    public var tables: [String]
    /// Keys that are listed for each table.
    public var limit: Int
    /// Tables that are compared at the same time.
    public var jobs: Int

    public init(id: String, nodes: [String] = [], tables: [String] = [], limit: Int = 20, jobs: Int = 2) {
        self.id = id
        self.nodes = nodes
        self.tables = tables
        self.limit = limit
        self.jobs = jobs
    }
}

/// A node whose database can be read.
struct ReadableNode: Sendable {
    var name: String
    var parameters: ConnectionParameters
}

/// Compares what the nodes of a database hold. Reads only.
public struct VerifyDatabase: Sendable {
    public let context: OperationContext
    public let request: VerifyRequest

    /// A table may take this long to read, in seconds.
    private static let timeLimit = 24 * 3600.0

    public init(_ context: OperationContext, _ request: VerifyRequest) {
        self.context = context
        self.request = request
    }

    /// Throws `nothing-to-compare` (73) for a single node, `node-unreachable` (69), `no-such-table` (66).
    public func run() async throws -> VerifyReport {
        let nodes = try chosenNodes()
        let tables = try await SideBySide.run(nodes, name: \.name) { node in
            try await read(node) { try await ShapeReader.tables($0) }
        }
        let sides = try await SideBySide.run(Array(zip(nodes, tables)), name: { $0.0.name }) { node, tables in
            try await read(node) { try await ReplicationSide.read(node.name, tables: tables.map(\.name), $0) }
        }
        let links = TableLink.links(sides)
        let slots = Set(sides.flatMap(\.parts).flatMap(\.subscriptions).compactMap(\.slot))
        let plan = try ComparisonPlan(
            shapes: zip(nodes, tables).map { ($0.name, $1) }, links: links, names: request.tables)
        var open = plan.tables.map { OpenTable(table: $0) }
        var settled: [VerifiedTable] = []
        for look in 1...TableComparison.looks where !open.isEmpty {
            let reporter = context.reporter
            try await CatchUp(
                nodes: nodes, slots: slots,
                // What is behind now will be so again.
                warn: { if look == 1 { reporter.report(.warning($0)) } }
            ).wait()
            let results = try await compare(open, nodes, look: look)
            open = []
            for (table, outcome) in results {
                switch outcome {
                case .settled(let result): settled.append(result)
                case .again(let keys): open.append(OpenTable(table: table, before: keys))
                }
            }
        }
        let order = Dictionary(
            plan.tables.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        settled.sort {
            (order[$0.table] ?? 0, $0.nodes.first?.name ?? "") < (order[$1.table] ?? 0, $1.nodes.first?.name ?? "")
        }
        return VerifyReport(
            database: request.id, nodes: nodes.map(\.name), tables: settled, leftOut: plan.leftOut,
            providers: links == nil ? [] : Set(sides.flatMap(\.parts).map(\.provider.rawValue)).sorted())
    }

    /// A table that is not settled, with the keys that differed when it was last looked at.
    private struct OpenTable: Sendable {
        var table: ComparedTable
        var before: Set<RowDigest>?
    }

    private func chosenNodes() throws -> [ReadableNode] {
        let (_, placement) = try context.load(request.id)
        let chosen =
            request.nodes.isEmpty ? placement.nodes : try request.nodes.map { try placement.node($0) }
        guard Set(chosen.map(\.name)).count > 1 else {
            throw OperationError(
                .refused, code: "nothing-to-compare",
                placement.nodes.count > 1
                    ? "one node alone cannot be compared with anything"
                    : "\(request.id) has one node, and nothing to compare it with",
                hint: placement.nodes.count > 1 ? "name two nodes or more, or none for all" : nil)
        }
        let tools = NodeTools(context)
        return placement.nodes.filter { node in chosen.contains { $0.name == node.name } }.map { node in
            var parameters = tools.peerParameters(of: node)
            parameters.queryTimeout = Self.timeLimit
            parameters.settings = ChecksumQuery.settings
            return ReadableNode(name: node.name, parameters: parameters)
        }
    }

    private func read<Result: Sendable>(
        _ node: ReadableNode, _ body: @escaping @Sendable (Connection) async throws -> Result
    ) async throws -> Result {
        do {
            return try await Connection.with(node.parameters, body)
        } catch let error as PostgresError where error.kind == .unavailable || error.isLoginRefused {
            throw OperationError(
                error.kind, code: "node-unreachable", "\(node.name) cannot be read: \(error.message)",
                hint: "to compare the other nodes only, name them: pgstanza restore verify \(request.id) NODE NODE",
                underlying: error)
        }
    }

    /// Compares tables in the snapshots of one moment, several at a time.
    private func compare(
        _ tables: [OpenTable], _ nodes: [ReadableNode], look: Int
    ) async throws -> [(ComparedTable, TableComparison.Outcome)] {
        let snapshots = try await SideBySide.run(nodes, name: \.name) { node in
            try await NodeSnapshot.take(of: node.name, node.parameters)
        }
        let queue = WorkQueue(tables)
        do {
            let results = try await withThrowingTaskGroup(of: [(Int, TableComparison.Outcome)].self) { group in
                for _ in 0..<min(request.jobs, tables.count) {
                    group.addTask { try await work(queue, snapshots, look: look) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            for snapshot in snapshots { await snapshot.release() }
            return results.sorted { $0.0 < $1.0 }.map { (tables[$0.0].table, $0.1) }
        } catch {
            for snapshot in snapshots { await snapshot.release() }
            throw error
        }
    }

    private func work(
        _ queue: WorkQueue<OpenTable>, _ snapshots: [NodeSnapshot], look: Int
    ) async throws -> [(Int, TableComparison.Outcome)] {
        var found: [(Int, TableComparison.Outcome)] = []
        while let (index, open) = await queue.next() {
            let table = open.table
            context.reporter.report(
                .phase(node: nil, text: "\(look == 1 ? "comparing" : "looking again at") \(table.name)"))
            do {
                found.append((index, try await compare(open, snapshots, look: look)))
            } catch let error as any Failure where [.operation, .notPermitted].contains(error.kind) {
                // Of this table alone: a row too long to be written as text, a table that may not be read.
                let problem = ([error.message] + error.details).joined(separator: "; ")
                found.append((index, .settled(VerifiedTable(table, problem: problem))))
            }
        }
        return found
    }

    private func compare(
        _ open: OpenTable, _ snapshots: [NodeSnapshot], look: Int
    ) async throws -> TableComparison.Outcome {
        let table = open.table
        let present = snapshots.filter { table.nodes.contains($0.node) && !table.missingOn.contains($0.node) }
        var sessions: [Connection] = []
        do {
            for snapshot in present { sessions.append(try await snapshot.join()) }
            let outcome = try await TableComparison(table: table, sessions: sessions, limit: request.limit)
                .compare(look: look, before: open.before)
            for session in sessions { await session.close() }
            return outcome
        } catch {
            for session in sessions { await session.close() }
            throw error
        }
    }
}

/// Hands out work, one piece at a time.
private actor WorkQueue<Element: Sendable> {
    private let elements: [Element]
    private var place = 0

    init(_ elements: [Element]) { self.elements = elements }

    func next() -> (Int, Element)? {
        guard place < elements.count else { return nil }
        defer { place += 1 }
        return (place, elements[place])
    }
}
