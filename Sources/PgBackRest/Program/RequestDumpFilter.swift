/// Leaves out the request and response that pgBackRest prints after a failed HTTP request.
///
/// It blackens the headers it knows to be secret; signed queries, session tokens and what a server sends back can
/// still hold one. Of the dump only the server's own error code is kept.
struct RequestDumpFilter {
    private static let codeMark = "    server's error code: "
    private var isInDump = false

    /// The line to show; nil when it is a part of a dump.
    mutating func pass(_ line: String) -> String? {
        if isInDump {
            // A dump goes on as long as lines are indented, or belong to the body, which is not.
            if LogLine(line) == nil { return Self.errorCode(in: line).map { Self.codeMark + $0 } }
            isInDump = false
        }
        if line.contains("*** ") && line.contains(" ***") {
            isInDump = true
            return nil
        }
        if line.contains("HTTP request failed") { isInDump = true }
        return line
    }

    /// The server's error code, when one was kept of a dump.
    static func serverCode(in filtered: [String]) -> String? {
        filtered.last { $0.hasPrefix(codeMark) }.map { String($0.dropFirst(codeMark.count)) }
    }

    /// The text of `<Code>` in the XML that S3 and Azure answer with.
    private static func errorCode(in line: String) -> String? {
        let parts = line.split(separator: "<", omittingEmptySubsequences: false)
        guard let part = parts.first(where: { $0.hasPrefix("Code>") }) else { return nil }
        let code = part.dropFirst("Code>".count)
        guard !code.isEmpty, code.count <= 64, code.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
        return String(code)
    }
}
