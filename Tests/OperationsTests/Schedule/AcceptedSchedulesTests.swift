import Catalog
import FoundationEssentials
import PositionedJSON
import Spec
import TargetTime
import Testing

@testable import Operations

@Suite("The schedules of an accepted spec")
struct AcceptedSchedulesTests {
    @Test("are those that the spec as a whole gives each node")
    func sameAsTheSpec() throws {
        let text = """
            {"database_name": "shop",
             "nodes": [{"name": "n1", "host_ids": ["a", "b"]},
               {"name": "n2", "host_ids": ["c"], "backup_config": {
                 "repositories": [{"type": "posix", "base_path": "/far"}],
                 "schedules": [{"id": "own", "type": "diff", "cron_expression": "@weekly"}]}},
               {"name": "n3", "host_ids": ["d"], "backup_config": {
                 "repositories": [{"type": "posix", "base_path": "/none"}]}}],
             "backup_config": {"repositories": [{"type": "posix", "base_path": "/near"}],
               "schedules": [{"id": "nightly", "type": "full", "cron_expression": "0 2 * * *"},
                 {"id": "hourly", "type": "incr", "cron_expression": "0 * * * *"}]}}
            """
        let spec = try SpecReader.readDatabase(Array(text.utf8), file: "spec.json")
        let record = DatabaseRecord(
            id: "shop", acceptedAt: Instant(seconds: 1_700_000_000), spec: try JSONTree.parse(text),
            nodes: ["n1": NodeRecord(backups: .on), "n2": NodeRecord(backups: .off)])
        let accepted = try read(record)
        let backups: [String: BackupState] = ["n1": .on, "n2": .off]
        let expected = spec.effectiveNodes.map {
            AcceptedSchedules.Node(
                name: $0.name, hostID: $0.hostIDs.first, schedules: $0.backupConfig?.schedules ?? [],
                backups: backups[$0.name] ?? .none)
        }
        #expect(accepted.nodes == expected)
        #expect(expected.map(\.schedules.count) == [2, 1, 0])
        #expect(accepted.id == "shop")
        #expect(accepted.acceptedAt == record.acceptedAt)
        #expect(
            try read(DatabaseRecord(id: "bare", acceptedAt: record.acceptedAt, spec: ["nodes": nil])).nodes.isEmpty)
    }

    private func read(_ record: DatabaseRecord) throws -> AcceptedSchedules {
        try JSONDecoder().decode(AcceptedSchedules.self, from: Data(StateDocument.text(record).utf8))
    }
}
