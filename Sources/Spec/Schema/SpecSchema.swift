import PositionedJSON

/// The JSON Schema of specs, for editors.
public enum SpecSchema {
    /// Draft 2020-12. Made of the tables that the reader goes by; what ties several values together (unique names,
    /// sources that exist, times, cron expressions) only the reader knows.
    ///
    /// The document is a spec, with or without the body around it; requests are under `$defs`, as
    /// `restore_request` and `backup_request`.
    public static let jsonSchema: JSONTree = {
        var writer = SchemaWriter()
        let body = writer.reference(to: DatabaseTable.body)
        let spec = writer.reference(to: DatabaseTable.spec)
        _ = writer.reference(to: RequestTable.restore)
        _ = writer.reference(to: RequestTable.backup)
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pgstanza database spec",
            "type": "object", "if": ["required": ["spec"]], "then": body, "else": spec,
            "$defs": .object(writer.definitions),
        ]
    }()
}
