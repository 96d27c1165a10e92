import Glibc

/// A point in time, to the microsecond, as Postgres keeps it; without leap seconds, as POSIX counts.
public struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// - Parameter seconds: since 1970-01-01T00:00:00Z; what does not fit (beyond some 292 000 years)
    ///   becomes the furthest instant there is.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// What the system's clock says.
    public static func now() -> Instant {
        var time = timespec()
        // Fails only for an unknown clock or a bad address.
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// The first and the last instant whose year in UTC is written with four digits.
    public static let first = Instant(microseconds: CivilTime(year: 1, month: 1, day: 1).microsecondsSinceEpoch)
    public static let last = Instant(
        microseconds: CivilTime(year: 10_000, month: 1, day: 1).microsecondsSinceEpoch - 1)

    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The instant so many seconds later (earlier when negative), to the nearest microsecond; the furthest
    /// instant there is when the sum does not fit. Not a number adds nothing.
    public func adding(seconds: Double) -> Instant {
        guard !seconds.isNaN else { return self }
        let rounded = (seconds * 1_000_000).rounded()
        guard let added = Int64(exactly: rounded) else { return Instant(microseconds: rounded < 0 ? .min : .max) }
        let (sum, overflow) = microseconds.addingReportingOverflow(added)
        return Instant(microseconds: overflow ? (added < 0 ? .min : .max) : sum)
    }

    /// The seconds from `other` to this instant; negative when `other` is later.
    public func seconds(since other: Instant) -> Double {
        let (difference, overflow) = microseconds.subtractingReportingOverflow(other.microseconds)
        return overflow
            ? Double(microseconds) / 1_000_000 - Double(other.microseconds) / 1_000_000
            : Double(difference) / 1_000_000
    }
}
