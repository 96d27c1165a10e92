/// `now`, and lengths of time before it.
enum RelativeTime {
    /// The units and their lengths in seconds.
    private static let units: [String: Int64] = [
        "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
        "min": 60, "mins": 60, "minute": 60, "minutes": 60,
        "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
        "d": 86_400, "day": 86_400, "days": 86_400,
        "w": 604_800, "week": 604_800, "weeks": 604_800,
    ]
    private static let vagueUnits: Set<String> = ["m", "mon", "month", "months", "y", "year", "years"]

    /// Whether a text that begins with a digit goes on like a length of time: `10 minutes`, `1.5 hours`, `90s`.
    static func isRelative(_ text: String) -> Bool {
        let words = split(text.lowercased())
        return words.last == "ago" || words.count > 1 && (units[words[1]] != nil || vagueUnits.contains(words[1]))
    }

    static func parse(_ text: String, now: Instant) throws(TargetTimeError) -> Instant {
        let lower = text.lowercased()
        if lower == "now" { return now }
        let shown = TargetTimeError.quoted(text)
        try checkNames(lower, shown)
        var words = split(lower)
        if words.first == "in" || words.last == "hence" || words.last == "later" {
            throw TargetTimeError(
                .future, "\(shown) lies in the future", hint: "a target lies in the past: write \"10 minutes ago\"")
        }
        guard words.last == "ago" else {
            let hint =
                isRelative(text)
                ? "for a time before now write \"ago\" after it, such as \"10 minutes ago\"" : TargetTime.forms
            throw TargetTimeError(.malformed, "\(shown) is not a time", hint: hint)
        }
        words.removeLast()
        guard !words.isEmpty, words.count.isMultiple(of: 2) else {
            throw TargetTimeError(
                .malformed, "\(shown) does not say how long ago",
                hint: "write a number and a unit, such as \"10 minutes ago\"")
        }
        var seconds: Int64 = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            seconds += try count(words[index], shown) * unit(words[index + 1], shown)
            guard seconds <= longest else { throw tooLong(shown) }
        }
        let (microseconds, overflow) = now.microseconds.subtractingReportingOverflow(seconds * 1_000_000)
        guard !overflow, microseconds >= Instant.first.microseconds else {
            throw tooLong(shown)
        }
        return Instant(microseconds: microseconds)
    }

    /// More seconds than 10 000 years have; keeps the sums far from overflowing.
    private static let longest: Int64 = 400_000_000_000

    private static func tooLong(_ shown: String) -> TargetTimeError {
        TargetTimeError(.year, "\(shown) lies before the year 1", hint: "write a shorter time")
    }

    /// Words that mean a day or a moment only together with a zone.
    private static func checkNames(_ lower: String, _ shown: String) throws(TargetTimeError) {
        switch lower {
        case "today", "yesterday", "tomorrow", "midnight", "noon":
            throw TargetTimeError(
                .zoneName, "\(shown) depends on the zone and names no exact time",
                hint: "write the instant, such as 2025-01-01T00:00:00Z, or \"24 hours ago\"")
        case "infinity", "-infinity", "epoch", "latest", "immediate", "default":
            throw TargetTimeError(
                .malformed, "\(shown) is not a time",
                hint: "to recover to the end of the archive leave the target out and use the type default")
        default: break
        }
        guard lower.hasPrefix("@") else { return }
        let digits = lower.dropFirst()
        try checkEpoch(digits, shown)
    }

    /// Refuses seconds since 1970, naming the instant that they mean.
    static func checkEpoch(_ digits: Substring, _ shown: String) throws(TargetTimeError) {
        guard !digits.isEmpty, digits.count <= 11, digits.allSatisfy(\.isASCIIDigit), let seconds = Int64(digits)
        else { return }
        throw TargetTimeError(
            .epoch, "\(shown) is a number, not a time",
            hint: "if it is meant as seconds since 1970 write \(Instant(seconds: seconds).iso8601)")
    }

    /// The words, with a number and a unit written together taken apart.
    private static func split(_ text: String) -> [String] {
        var words: [String] = []
        for part in text.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            let digits = part.prefix { $0.isASCIIDigit }
            let rest = part.dropFirst(digits.count)
            if !digits.isEmpty, rest.first?.isLetter == true {
                words += [String(digits), String(rest)]
            } else {
                words.append(String(part))
            }
        }
        return words
    }

    private static func count(_ word: String, _ shown: String) throws(TargetTimeError) -> Int64 {
        guard word.allSatisfy(\.isASCIIDigit), word.count <= 12, let count = Int64(word) else {
            throw TargetTimeError(
                .malformed, "\(shown) does not give a whole number",
                hint: "write a whole number and a unit, such as \"90 minutes ago\" for one hour and a half")
        }
        return count
    }

    /// The unit's length in seconds.
    private static func unit(_ word: String, _ shown: String) throws(TargetTimeError) -> Int64 {
        if let length = units[word] { return length }
        if vagueUnits.contains(word) {
            throw TargetTimeError(
                .vagueUnit, "\(shown) has a unit without a fixed length",
                hint: "use seconds, minutes, hours, days or weeks")
        }
        throw TargetTimeError(
            .malformed, "\(shown) has an unknown unit", hint: "use seconds, minutes, hours, days or weeks")
    }
}
