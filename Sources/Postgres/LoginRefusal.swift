/// libpq's text about a connection that failed, taken apart. It may name several addresses, each on its own line.
struct LoginRefusal {
    let sqlState: String?
    let message: String
    let hint: String?
    /// The server's function that raised the error.
    let function: String?

    /// Reads the verbose form: `connection to server at … failed: FATAL:  28000: no pg_hba.conf entry …`, then lines
    /// such as `DETAIL:  …`, `HINT:  …` and `LOCATION:  ClientAuthentication, auth.c:501`.
    init(_ text: String) {
        var state: String?
        var function: String?
        var hint: String?
        var messages: [String] = []
        for line in text.split(whereSeparator: \.isNewline).map(String.init) {
            if let rest = Self.rest(of: line, after: "LOCATION:") {
                function = String(rest.prefix { $0 != "," })
            } else if let rest = Self.rest(of: line, after: "HINT:") {
                hint = rest
            } else if Self.rest(of: line, after: "DETAIL:") != nil || Self.rest(of: line, after: "CONTEXT:") != nil {
                continue
            } else if line.hasPrefix("\t") {
                hint = hint ?? Self.trimmed(line)
            } else {
                let (found, plain) = Self.splitState(line)
                state = found ?? state
                messages.append(plain)
            }
        }
        sqlState = state
        self.function = function
        self.hint = hint
        // With several addresses the last one tells; the first ones mostly say "connection refused" alike.
        message = messages.isEmpty ? "no reason given" : messages.joined(separator: "; ")
    }

    private static func rest(of line: String, after prefix: String) -> String? {
        line.hasPrefix(prefix) ? trimmed(line.dropFirst(prefix.count)) : nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var part = text[...]
        while part.first?.isWhitespace ?? false { part = part.dropFirst() }
        while part.last?.isWhitespace ?? false { part = part.dropLast() }
        return String(part)
    }

    /// Takes `28000: ` out of `FATAL:  28000: text`; the severity's word depends on the server's language.
    private static func splitState(_ line: String) -> (state: String?, line: String) {
        let pieces = line.split(separator: ":  ", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2 else { return (nil, trimmed(line)) }
        let tail = pieces[1]
        let state = tail.prefix(5)
        guard state.utf8.count == 5, tail.dropFirst(5).hasPrefix(": "),
            state.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
        else { return (nil, trimmed(line)) }
        return (String(state), trimmed(String(pieces[0]) + ":  " + tail.dropFirst(7)))
    }
}
