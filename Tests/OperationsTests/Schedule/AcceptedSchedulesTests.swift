import PositionedJSON
import Spec
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
        let expected = spec.effectiveNodes.map {
            AcceptedSchedules.Node(
                name: $0.name, hostID: $0.hostIDs.first, schedules: $0.backupConfig?.schedules ?? [])
        }
        #expect(AcceptedSchedules.of(try JSONTree.parse(text)) == expected)
        #expect(expected.map(\.schedules.count) == [2, 1, 0])
        #expect(AcceptedSchedules.of([:]).isEmpty)
    }
}
