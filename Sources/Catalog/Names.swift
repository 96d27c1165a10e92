import Failures

/// The names that become parts of paths. Each is checked before it does.
public enum Names {
    /// A database id: 1 to 36 of a–z, 0–9 and `-`, a letter or digit at both ends.
    public static func isDatabaseID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...36).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return bytes.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
            && isLowerOrDigit(first) && isLowerOrDigit(last)
    }

    /// A node name: `n` and a number, at most 16 characters.
    public static func isNode(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (2...16).contains(bytes.count) && bytes[0] == UInt8(ascii: "n") && bytes.dropFirst().allSatisfy(isDigit)
    }

    /// A task or restore id as ``SortableID`` makes them: `20261121-013000-4f2a`.
    public static func isSortableID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 8, parts[1].count == 6, parts[2].count == 4 else { return false }
        return parts[0].allSatisfy(isDigit) && parts[1].allSatisfy(isDigit)
            && parts[2].allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }

    /// Returns `id`, or throws when it is not a database id.
    @discardableResult
    public static func checkDatabaseID(_ id: String) throws -> String {
        guard isDatabaseID(id) else {
            throw CatalogError(
                .usage, code: "bad-database-id", "\"\(printable(id))\" is not a database id",
                hint: "1 to 36 of a-z, 0-9 and '-', with a letter or digit at both ends")
        }
        return id
    }

    /// Returns `node`, or throws when it is not a node name.
    @discardableResult
    public static func checkNode(_ node: String) throws -> String {
        guard isNode(node) else {
            throw CatalogError(
                .usage, code: "bad-node-name", "\"\(printable(node))\" is not a node name",
                hint: "node names are n1, n2 and so on")
        }
        return node
    }

    /// Returns `id`, or throws when it is not a task id.
    @discardableResult
    public static func checkTaskID(_ id: String) throws -> String {
        guard isSortableID(id) else {
            throw CatalogError(
                .usage, code: "bad-task-id", "\"\(printable(id))\" is not a task id",
                hint: "task ids look like 20261121-013000-4f2a; 'pgstanza task list' shows them")
        }
        return id
    }

    /// Returns `id`, or throws when it is not a restore's id.
    @discardableResult
    public static func checkRestoreID(_ id: String) throws -> String {
        guard isSortableID(id) else {
            throw CatalogError(
                .usage, code: "bad-restore-id", "\"\(printable(id))\" is not a restore id",
                hint: "restore ids look like 20261121-013000-4f2a")
        }
        return id
    }

    /// `text` shortened and without control characters, for messages about input that may be anything.
    static func printable(_ text: String) -> String {
        let shown = String(String.UnicodeScalarView(text.unicodeScalars.prefix(80)))
        return String(
            String.UnicodeScalarView(
                shown.unicodeScalars.map { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) ? "\u{fffd}" : $0 }))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}
