/// A line of pgBackRest's log, as it stands on the console.
///
/// With time and process, `2025-01-01 00:00:00.000 P00   INFO: text`, or without both, `ERROR: [031]: text`, for what
/// is said before the log is set up.
struct LogLine: Sendable, Equatable {
    let level: String
    let text: String
    /// The number in `[050]`, of errors only.
    let code: Int32?

    private static let levels = ["ERROR", "WARN", "INFO", "DETAIL", "DEBUG", "TRACE", "ASSERT"]

    /// Nil for a line that continues the one before.
    init?(_ line: String) {
        guard let colon = line.range(of: ": ") else { return nil }
        let head = line[..<colon.lower].split(separator: " ")
        guard let level = head.last, Self.levels.contains(String(level)) else { return nil }
        // Alone, or after date, time and process.
        guard head.count == 1 || (head.count == 4 && head[2].hasPrefix("P")) else { return nil }
        self.level = String(level)
        let rest = line[colon.upper...]
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]"),
            let code = Int32(rest[rest.index(after: rest.startIndex)..<close])
        {
            self.code = code
            text = String(rest[rest.index(after: close)...].drop { $0 == ":" || $0 == " " })
        } else {
            code = nil
            text = String(rest)
        }
    }

    static func isDetail(_ line: String) -> Bool { LogLine(line)?.level == "DETAIL" }

    /// The first hint that pgBackRest itself gave.
    static func hint(in lines: [String]) -> String? {
        for line in lines {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("HINT: ") { return String(text.dropFirst("HINT: ".count)) }
        }
        return nil
    }
}

extension String {
    /// Where `piece` first occurs.
    fileprivate func range(of piece: String) -> (lower: Index, upper: Index)? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(piece) { return (start, index(start, offsetBy: piece.count)) }
            start = index(after: start)
        }
        return nil
    }
}
