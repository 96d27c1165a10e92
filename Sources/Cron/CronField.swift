/// One of the five fields of a cron expression.
public struct CronField: Sendable, Hashable {
    /// The values at which the field matches, ascending; in the day of the week 0 is Sunday and 7 does not occur.
    public let values: [Int]
    /// Whether the field says more than `*`. `?` and `*/1` say no more.
    public let isRestricted: Bool
    /// Whether some part of it is `*/n` with n above 1.
    public let hasStarStep: Bool

    /// The values as bits, for looking one up.
    private let bits: UInt64

    init(values: Set<Int>, isRestricted: Bool, hasStarStep: Bool) {
        self.values = values.sorted()
        self.isRestricted = isRestricted
        self.hasStarStep = hasStarStep
        bits = values.reduce(0) { $0 | 1 << UInt64($1) }
    }

    /// Whether the field matches `value`.
    public func contains(_ value: Int) -> Bool {
        (0..<64).contains(value) && bits & (1 << UInt64(value)) != 0
    }
}
