import PositionedJSON
import Spec
import Testing

@testable import Operations

@Suite struct RepositoryNumberTests {
    @Test(arguments: [
        ("local", [], "local-2"), ("local-2", ["local"], "local-3"), ("local", ["local-2", "local-3"], "local-4"),
        ("s3-eu", [], "s3-eu-2"), ("a-1", [], "a-1-2"), ("backups-2025", [], "backups-2025-2"),
    ])
    func theNextIdIsOneThatNobodyHas(id: String, taken: [String], next: String) {
        let repository = Repository(id: id, kind: .posix, basePath: "/b")
        #expect(RepositoryNumber.next(after: repository, taken: Set(taken)) == next)
    }

    @Test func aRepositoryWithoutAnIdIsCalledAfterItsType() {
        let repository = Repository(kind: .posix, basePath: "/b")
        #expect(RepositoryNumber.next(after: repository, taken: []) == "posix-2")
    }
}

@Suite struct AcceptedSpecEditTests {
    private func spec(ownConfig: Bool, nodes: Int) throws -> JSONTree {
        let own = ownConfig ? #", "backup_config": {"repositories": [{"id": "own"}], "schedules": [1]}"# : ""
        let others = (2..<(nodes + 1)).map { #", {"name": "n\#($0)"}"# }.joined()
        return try JSONTree.parse(
            #"""
            {"database_name": "d", "backup_config": {"repositories": [{"id": "all"}], "schedules": [2]},
             "nodes": [{"name": "n1"\#(own)}\#(others)]}
            """#)
    }
    private let renewed: [JSONTree] = [.object(["id": .string("new")])]

    @Test func aNodesOwnConfigurationIsChangedInPlace() throws {
        let edited = AcceptedSpecEdit.replacingRepositories(
            try spec(ownConfig: true, nodes: 2), of: "n1", with: renewed)
        #expect(edited["nodes"]?[0]?["backup_config"]?["repositories"] == .array(renewed))
        #expect(edited["nodes"]?[0]?["backup_config"]?["schedules"] == .array([.integer(1)]))
        #expect(edited["backup_config"]?["repositories"]?[0]?["id"] == .string("all"))
    }

    @Test func theOtherNodesKeepTheSharedConfiguration() throws {
        let edited = AcceptedSpecEdit.replacingRepositories(
            try spec(ownConfig: false, nodes: 2), of: "n1", with: renewed)
        #expect(edited["nodes"]?[0]?["backup_config"]?["repositories"] == .array(renewed))
        #expect(edited["nodes"]?[0]?["backup_config"]?["schedules"] == .array([.integer(2)]))
        #expect(edited["nodes"]?[1]?["backup_config"] == nil)
        #expect(edited["backup_config"]?["repositories"]?[0]?["id"] == .string("all"))
    }

    @Test func theOnlyUserOfTheSharedConfigurationChangesIt() throws {
        let edited = AcceptedSpecEdit.replacingRepositories(
            try spec(ownConfig: false, nodes: 1), of: "n1", with: renewed)
        #expect(edited["backup_config"]?["repositories"] == .array(renewed))
        #expect(edited["nodes"]?[0]?["backup_config"] == nil)
    }
}
