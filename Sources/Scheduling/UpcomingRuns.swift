import TargetTime

/// The next runs of schedules.
public enum UpcomingRuns {
    /// The next `count` times of every item after `now`, all in order; items due at the same time in theirs.
    public static func of<Item>(
        _ items: [Item], expression: (Item) -> PlannedSchedule, after now: Instant, count: Int
    ) -> [(at: Instant, item: Item)] {
        var runs: [(at: Instant, index: Int)] = []
        for (index, item) in items.enumerated() {
            var at = now
            for _ in 0..<count {
                guard let next = expression(item).expression.next(after: at) else { break }
                runs.append((next, index))
                at = next
            }
        }
        runs.sort { ($0.at, $0.index) < ($1.at, $1.index) }
        return runs.map { ($0.at, items[$0.index]) }
    }
}
