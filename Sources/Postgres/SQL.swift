/// Quoting for SQL text. Values go by parameters wherever the statement takes them; these are for the rest.
public enum SQL {
    /// `name` as an identifier, always quoted.
    public static func identifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// Each part quoted, joined with dots: `"schema"."table"`.
    public static func identifier(_ parts: String...) -> String {
        parts.map { identifier($0) }.joined(separator: ".")
    }

    /// `value` as a string constant that means the same whatever `standard_conforming_strings` says.
    public static func literal(_ value: String) -> String {
        let doubled = value.replacing("'", with: "''")
        guard value.contains("\\") else { return "'\(doubled)'" }
        return "E'" + doubled.replacing("\\", with: "\\\\") + "'"
    }
}
