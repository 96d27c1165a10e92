/// Reads one field: a list of `*`, `?`, values, ranges and steps.
struct CronFieldParser {
    /// What the field is called in messages.
    let name: String
    /// What may be written. In the day of the week 7 is written for Sunday too.
    let range: ClosedRange<Int>
    /// Names in the order of their values, the first for `range.lowerBound`.
    var names: [String] = []

    static let minute = CronFieldParser(name: "minute", range: 0...59)
    static let hour = CronFieldParser(name: "hour", range: 0...23)
    static let dayOfMonth = CronFieldParser(name: "day of the month", range: 1...31)
    static let month = CronFieldParser(
        name: "month", range: 1...12,
        names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    static let dayOfWeek = CronFieldParser(
        name: "day of the week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    private var isDayOfWeek: Bool { range == 0...7 }

    func parse(_ text: String) throws(CronError) -> CronField {
        // The commonest field of all.
        if text == "*" { return CronField(bits: all, isRestricted: false, hasStarStep: false) }
        try checkQuartz(text)
        var bits: UInt64 = 0
        var isRestricted = true
        var hasStarStep = false
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let item = try item(part, in: text)
            if item.isStar {
                if item.step == 1 { isRestricted = false } else { hasStarStep = true }
            }
            for value in stride(from: item.range.lowerBound, through: item.range.upperBound, by: item.step) {
                bits |= 1 << UInt64(isDayOfWeek && value == 7 ? 0 : value)
            }
        }
        return CronField(bits: bits, isRestricted: isRestricted, hasStarStep: hasStarStep && isRestricted)
    }

    /// A bit for every value.
    private var all: UInt64 { full.reduce(0) { $0 | 1 << UInt64($1) } }

    /// What `*` stands for. Sunday as 7 is a value to write, not a second Sunday for `*` to step on.
    private var full: ClosedRange<Int> { isDayOfWeek ? 0...6 : range }

    private struct Item {
        var range: ClosedRange<Int>
        var step = 1
        var isStar = false
    }

    private func item(_ part: Substring, in text: String) throws(CronError) -> Item {
        guard !part.isEmpty else {
            throw CronError("\(shown(text)) has an empty place in its list", hint: "take the extra comma out")
        }
        let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var item = try span(halves[0], hasStep: halves.count > 1, in: text)
        if halves.count > 1 {
            // A number that does not fit an Int is a step past the end like any other.
            guard halves[1].allSatisfy(isDigit), !halves[1].isEmpty, let step = Int(halves[1].prefix(9)), step > 0
            else {
                throw CronError(
                    "\(shown(text)) has a step that is not a number above 0",
                    hint: "write the step after the slash, such as */15")
            }
            item.step = step
        }
        return item
    }

    private func span(_ text: Substring, hasStep: Bool, in whole: String) throws(CronError) -> Item {
        if text == "*" || text == "?" { return Item(range: full, isStar: true) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends[0], in: whole)
        guard ends.count > 1 else {
            // `5/15` is `5-59/15`, in Vixie's cron and in robfig/cron alike.
            return Item(range: first...(hasStep ? max(first, full.upperBound) : first))
        }
        let last = try value(ends[1], in: whole)
        if isDayOfWeek, last == 0, first > 0 { return Item(range: first...7) }
        guard first <= last else {
            throw CronError(
                "\(shown(whole)) has a range that runs backwards",
                hint: "write it as two: \(ends[0])-\(full.upperBound),\(full.lowerBound)-\(ends[1])")
        }
        return Item(range: first...last)
    }

    private func value(_ text: Substring, in whole: String) throws(CronError) -> Int {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard text.utf8.count <= 9, let value = Int(text), range.contains(value) else {
                throw CronError(
                    "\(shown(whole)) is out of range",
                    hint: "the \(name) runs from \(range.lowerBound) to \(range.upperBound)"
                        + (isDayOfWeek ? ", with 0 and 7 for Sunday" : ""))
            }
            return value
        }
        let lower = text.lowercased()
        if let index = names.firstIndex(of: lower) { return range.lowerBound + index }
        var hint = "write numbers from \(range.lowerBound) to \(range.upperBound)"
        if !names.isEmpty { hint += " or names from \(names[0]) to \(names[names.count - 1])" }
        if let short = names.first(where: { lower.hasPrefix($0) }) { hint = "write \(short)" }
        throw CronError("\(shown(whole)) cannot be read", hint: hint)
    }

    /// Refuses what Quartz and its relatives have beyond the five classic fields: `L`, `W`, `#`.
    private func checkQuartz(_ text: String) throws(CronError) {
        let isDay = range == 1...31 || isDayOfWeek
        // Numbers and signs have none of it.
        guard isDay, !text.utf8.allSatisfy({ (0x20..<0x3A).contains($0) && $0 != UInt8(ascii: "#") }) else { return }
        let upper = text.uppercased()
        if upper.contains("#") {
            throw CronError(
                "\(shown(text)) uses #, which five-field cron does not have",
                hint: "run it every week, or on fixed days of the month")
        }
        let bare = upper.split(whereSeparator: { "0123456789,-/".contains($0) })
        if bare.contains(where: { $0 == "L" || $0 == "LW" }) {
            throw CronError(
                "\(shown(text)) uses L, which five-field cron does not have",
                hint: isDayOfWeek ? "write the day itself, such as sat" : "use day 28, which every month has")
        }
        if bare.contains("W") {
            throw CronError(
                "\(shown(text)) uses W, which five-field cron does not have", hint: "write the day itself")
        }
    }

    private func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    /// `minute "60"`, without control characters and cut when it is long.
    private func shown(_ text: String) -> String {
        "\(name) " + CronExpression.quoted(text)
    }
}
