/// One of the five fields of a cron expression.
public struct CronField: Sendable, Hashable {
    /// The values as bits.
    private let bits: UInt64
    /// Whether the field says more than `*`. `?` and `*/1` say no more.
    public let isRestricted: Bool
    /// Whether some part of it is `*/n` with n above 1.
    public let hasStarStep: Bool

    /// `bits` has a bit for each value, from 0 to 59.
    init(bits: UInt64, isRestricted: Bool, hasStarStep: Bool) {
        self.bits = bits
        self.isRestricted = isRestricted
        self.hasStarStep = hasStarStep
    }

    /// The values at which the field matches, ascending; in the day of the week 0 is Sunday and 7 does not occur.
    public var values: [Int] { (0..<64).filter(contains) }

    /// Whether the field matches `value`.
    public func contains(_ value: Int) -> Bool {
        (0..<64).contains(value) && bits & (1 << UInt64(value)) != 0
    }

    /// The first value that is not below `value`, which is 0 or above.
    func first(from value: Int) -> Int? {
        let rest = value < 64 ? bits >> UInt64(value) : 0
        return rest == 0 ? nil : value + rest.trailingZeroBitCount
    }

    /// The last value that is not above `value`.
    func last(to value: Int) -> Int? {
        guard value >= 0 else { return nil }
        let rest = value < 63 ? bits & ((1 << UInt64(value + 1)) - 1) : bits
        return rest == 0 ? nil : 63 - rest.leadingZeroBitCount
    }
}
