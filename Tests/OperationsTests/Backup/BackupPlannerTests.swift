import Catalog
import PositionedJSON
import Spec
import TargetTime
import Testing

@testable import Operations

@Suite struct BackupPlannerTests {
    @Test func everyRepositoryOfEveryNodeThatHasBackups() throws {
        let plan = try planner(["n1": .on, "n2": .on, "n3": .none], without: ["n3"]).plan(BackupOrder(type: .incr))
        #expect(
            plan.runs.map { "\($0.node) \($0.repositoryNumber) \($0.repository) \($0.type.rawValue)" } == [
                "n1 1 local incr", "n1 2 posix incr", "n2 1 local incr", "n2 2 posix incr",
            ])
        #expect(plan.refused.isEmpty)
    }

    @Test func aNodeWhoseBackupsAreOffIsNeverPassedOver() throws {
        let plan = try planner(["n1": .on, "n2": .off]).plan(BackupOrder(type: .full))
        #expect(Set(plan.runs.map(\.node)) == ["n1"])
        #expect(plan.refused.map(\.code) == ["backups-off"])
        #expect((plan.refusal as? OperationError)?.kind == .refused)
        let error = #expect(throws: OperationError.self) {
            try planner(["n1": .off]).plan(BackupOrder(type: .full))
        }
        #expect(error?.code == "backups-off")
    }

    @Test func whatIsNotThereIsNamed() throws {
        let some = planner(["n1": .on])
        #expect(code { try some.plan(BackupOrder(nodes: ["n9"], type: .full)) } == "unknown-node")
        #expect(code { try some.plan(BackupOrder(type: .full, repository: "s3")) } == "unknown-repository")
        #expect(code { try some.plan(BackupOrder(schedule: "weekly")) } == "unknown-schedule")
        #expect(code { try some.plan(BackupOrder()) } == "no-type")
        #expect(code { try planner(["n1": .none], without: ["n1"]).plan(BackupOrder(type: .full)) } == "no-backups")
        #expect(code { try planner(["n1": .none]).plan(BackupOrder(type: .full)) } == "backups-not-ready")
    }

    @Test func aScheduleSaysTheType() throws {
        let plan = try planner(["n1": .on]).plan(BackupOrder(repository: "local", schedule: "nightly"))
        #expect(plan.runs.map(\.type) == [.diff])
    }

    // MARK: - Values

    private func planner(_ states: [String: BackupState], without: Set<String> = []) -> BackupPlanner {
        let config = BackupConfig(
            repositories: [
                Repository(id: "local", kind: .posix, basePath: "/a"), Repository(kind: .posix, basePath: "/b"),
            ], schedules: [Schedule(id: "nightly", type: .diff, cronExpression: "0 1 * * *")])
        let nodes = states.keys.sorted().map { name -> NodePlacement in
            var node = RestoreSamples.node(name)
            node.spec.backupConfig = without.contains(name) ? nil : config
            return node
        }
        let spec = DatabaseSpec(databaseName: "app", nodes: [])
        let record = DatabaseRecord(
            id: "db1", acceptedAt: Instant(seconds: 0), spec: .null, state: .ready,
            nodes: states.mapValues { NodeRecord(backups: $0) })
        return BackupPlanner(placement: DatabasePlacement(id: "db1", spec: spec, nodes: nodes), record: record)
    }

    private func code(_ body: () throws -> BackupPlan) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? OperationError)?.code
        }
    }
}
