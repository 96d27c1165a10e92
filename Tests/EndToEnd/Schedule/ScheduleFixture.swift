import Foundation
import PositionedJSON
import TargetTime
import Testing

extension Sandbox {
    /// A schedule as a spec has it.
    static func schedule(_ id: String, _ type: String, _ expression: String) -> JSONTree {
        ["id": .string(id), "type": .string(type), "cron_expression": .string(expression)]
    }

    /// A spec with schedules.
    func spec(nodes: Int = 1, schedules: [JSONTree]) throws -> JSONTree {
        try spec(nodes: nodes).replacing("spec", "backup_config", "schedules", with: .array(schedules))
    }

    /// Creates a database from a spec document.
    func create(_ document: JSONTree) async throws {
        let spec = try write("spec.json", document.text(pretty: true))
        try await pgstanza("db", "create", spec, "--yes").expect(exit: 0)
    }

    /// Has the schedules count from so many hours ago, as if they had been accepted then and not been run since.
    func backdateSchedules(of id: String = "shop", hours: Int) throws {
        let file = "\(home)/databases/\(id)/schedules.json"
        var document = try JSONTree.parse(read(file))
        let since = Instant.now().adding(seconds: Double(-hours * 3600)).iso8601
        for (node, own) in document["nodes"]?.objectValue ?? [:] {
            for schedule in (own["schedules"]?.objectValue ?? [:]).keys {
                document = document.replacing("nodes", node, "schedules", schedule, "since", with: .string(since))
            }
        }
        try write(file, document.text(pretty: true), mode: 0o600)
    }

    /// What `schedule list` says of one schedule of one node.
    func scheduleReport(_ schedule: String, of id: String = "shop", node: String = "n1") async throws -> JSONTree {
        let listed = try await pgstanza("schedule", "list", id, "--json").expect(exit: 0).json()
        let found = listed["schedules"]?.arrayValue?.first {
            $0["schedule"]?.stringValue == schedule && $0["node"]?.stringValue == node
        }
        guard let found else { throw FixtureError("no schedule \(schedule) in \(listed.text(pretty: true))") }
        return found
    }

    /// The types of a node's backups, oldest first, by the repository's own list.
    func backupTypes(of id: String = "shop", node: String = "n1") async throws -> [String] {
        let listed = try await pgstanza("backups", id, node, "--json").expect(exit: 0).json()
        return (listed["nodes"]?[0]?["backups"]?.arrayValue ?? []).compactMap { $0["type"]?.stringValue }
    }
}

extension Sandbox {
    /// Waits until the host's scheduler has had a full backup taken, and checks that it began in its minute of UTC.
    func expectRun(of schedule: String, startedBy scheduler: String) async throws {
        try await waitUntil("\(scheduler) starts a backup") {
            try await scheduleReport(schedule)["last"]?["outcome"]?.stringValue == "done"
        }
        let last = try #require(try await scheduleReport(schedule)["last"])
        let slot = try #require(Instant.parse(iso8601: last["slot"]?.stringValue ?? ""))
        let started = try #require(Instant.parse(iso8601: last["started_at"]?.stringValue ?? ""))
        #expect((0..<60).contains(started.seconds(since: slot)), "slot \(slot), started \(started)")
        let types = try await backupTypes()
        #expect(!types.isEmpty && types.allSatisfy { $0 == "full" }, "\(types)")
    }
}

/// Minutes that keep a test out of the way of the clock, or wait for it.
enum QuietMinutes {
    /// Every minute of this hour and the next, in UTC: in other zones the hour is another one.
    static func thisHour() -> String {
        let hour = CivilTime(.now()).hour
        return "* \(hour),\((hour + 1) % 24) * * *"
    }

    /// An hourly and a daily expression that came due together ten minutes ago, and do not again for fifty.
    static func tenMinutesAgo() -> (hourly: String, daily: String) {
        let then = CivilTime(Instant.now().adding(seconds: -600))
        return ("\(then.minute) * * * *", "\(then.minute) \(then.hour) * * *")
    }
}

/// Waits until `condition` holds; the test ends when it never does.
func waitUntil(
    _ what: String, timeLimit: Double = 180, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(timeLimit)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw FixtureError("not within \(timeLimit) s: \(what)") }
        try await Task.sleep(for: .milliseconds(250))
    }
}
