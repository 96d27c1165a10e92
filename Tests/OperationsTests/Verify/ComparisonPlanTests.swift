import Replication
import Testing

@testable import Operations

/// Which tables are compared, and how.
@Suite struct ComparisonPlanTests {
    private func name(_ table: String) -> RelationName { RelationName(schema: "public", name: table) }

    private func shape(
        _ table: String, _ columns: [String] = ["id", "x"], key: [String] = ["id"], isPartitioned: Bool = false
    ) -> TableShape {
        TableShape(
            name: name(table), isPartitioned: isPartitioned, columns: columns, key: key, estimatedRows: 10)
    }

    private func link(
        _ provider: String, _ subscriber: String, _ table: String = "t", columns: Set<String>? = nil,
        filter: String? = nil
    ) -> TableLink {
        TableLink(
            provider: provider, subscriber: subscriber, table: name(table), columns: columns, rowFilter: filter)
    }

    private func plan(
        _ shapes: [(String, [TableShape])], links: [TableLink]? = nil, names: [String] = []
    ) throws -> ComparisonPlan {
        try ComparisonPlan(shapes: shapes.map { ($0.0, $0.1) }, links: links, names: names)
    }

    @Test func withoutAProviderWhatAllHave() throws {
        let found = try plan([("n1", [shape("t"), shape("u")]), ("n2", [shape("t", ["x", "id"])])])
        #expect(found.tables.map(\.name) == [name("t")])
        #expect(found.tables[0].columns == ["id", "x"])
        #expect(found.tables[0].key == ["id"])
        #expect(found.leftOut == [LeftOutTable(table: name("u"), reason: "only n1 has it")])
    }

    @Test func withAProviderWhatIsReplicated() throws {
        let tables = [shape("t"), shape("u")]
        let found = try plan([("n1", tables), ("n2", tables)], links: [link("n1", "n2")])
        #expect(found.tables.map(\.name) == [name("t")])
        #expect(found.leftOut == [LeftOutTable(table: name("u"), reason: "it is not replicated between the nodes")])
        // Connected, and nothing in any set.
        #expect(try plan([("n1", tables), ("n2", tables)], links: []).tables.isEmpty)
        // What is asked for by name is compared all the same.
        let asked = try plan([("n1", tables), ("n2", tables)], links: [link("n1", "n2")], names: ["u"])
        #expect(asked.tables.map(\.name) == [name("u")])
    }

    @Test func nodesThatRowsReachOverOthersAreOneGroup() throws {
        let all = ["n1", "n2", "n3", "n4", "n5"].map { ($0, [shape("t")]) }
        let found = try plan(all, links: [link("n1", "n2"), link("n5", "n4"), link("n3", "n2")])
        #expect(found.tables.map(\.nodes) == [["n1", "n2", "n3"], ["n4", "n5"]])
    }

    @Test func aTableThatANodeLacksIsADifference() throws {
        let found = try plan([("n1", [shape("t")]), ("n2", [])], links: [link("n1", "n2")])
        #expect(found.tables[0].missingOn == ["n2"])
        #expect(found.tables[0].differences == ["n2 does not have the table"])
        #expect(found.tables[0].columns == ["id", "x"])
    }

    @Test func columnsThatOneNodeLacks() throws {
        let shapes = [("n1", [shape("t", ["id", "x", "y"])]), ("n2", [shape("t")])]
        #expect(try plan(shapes).tables[0].differences == ["only n1 has the column y"])
        #expect(try plan(shapes).tables[0].columns == ["id", "x"])
        // With a column list the others are nobody's business.
        let listed = try plan(shapes, links: [link("n1", "n2", columns: ["id"])])
        #expect(listed.tables[0].columns == ["id"])
        #expect(listed.tables[0].differences.isEmpty)
    }

    @Test func aKeyHasToBeEverybodysAndSent() throws {
        let other = [("n1", [shape("t")]), ("n2", [shape("t", key: ["x"])])]
        #expect(try plan(other).tables[0].key.isEmpty)
        let shapes = [("n1", [shape("t")]), ("n2", [shape("t")])]
        #expect(try plan(shapes, links: [link("n1", "n2", columns: ["x"])]).tables[0].key.isEmpty)
    }

    @Test func filtersHaveToAgree() throws {
        let shapes = [("n1", [shape("t")]), ("n2", [shape("t")])]
        let same = try plan(
            shapes, links: [link("n1", "n2", filter: "(id > 1)"), link("n2", "n1", filter: "(id > 1)")])
        #expect(same.tables[0].rowFilter == "(id > 1)")
        let other = try plan(shapes, links: [link("n1", "n2", filter: "(id > 1)"), link("n2", "n1")])
        #expect(other.tables.isEmpty)
        #expect(other.leftOut.map(\.reason) == ["n1, n2 send different parts of its rows"])
    }

    @Test func rowsOfAPartitionedTableAreComparedWhereTheyLie() throws {
        let tables = [shape("t", isPartitioned: true), shape("t_1")]
        let found = try plan([("n1", tables), ("n2", tables)])
        #expect(found.tables.map(\.name) == [name("t_1")])
        #expect(found.leftOut.isEmpty)
        #expect(try plan([("n1", tables), ("n2", tables)], names: ["public.t"]).tables.map(\.isPartitioned) == [true])
    }

    @Test func aNameThatNobodyHas() {
        #expect(throws: OperationError.self) {
            try plan([("n1", [shape("t")]), ("n2", [shape("t")])], names: ["public.nothing"])
        }
    }
}
