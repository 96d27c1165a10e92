import PositionedJSON

/// The part of JSON Schema that pgstanza's schema uses, to hold documents against it in tests.
///
/// An unknown keyword is an error of its own, so that the schema cannot grow past what is checked here.
struct SchemaChecker {
    let root: JSONTree
    /// The regular expressions of the schema, by their text.
    private let patterns: [String: Regex<AnyRegexOutput>]

    init(root: JSONTree) throws {
        self.root = root
        var patterns: [String: Regex<AnyRegexOutput>] = [:]
        for pattern in Self.patterns(in: root) {
            patterns[pattern] = try Regex(pattern).matchingSemantics(.unicodeScalar)
        }
        self.patterns = patterns
    }

    private static func patterns(in schema: JSONTree) -> Set<String> {
        if let elements = schema.arrayValue { return elements.reduce(into: []) { $0.formUnion(patterns(in: $1)) } }
        return (schema.objectValue ?? [:]).reduce(into: []) { found, member in
            if member.key == "pattern", let pattern = member.value.stringValue { found.insert(pattern) }
            if member.key == "patternProperties" { found.formUnion((member.value.objectValue ?? [:]).keys) }
            found.formUnion(patterns(in: member.value))
        }
    }

    /// An expression matches anywhere in a text unless it says otherwise.
    private func matches(_ text: String, _ pattern: String) -> Bool {
        patterns[pattern].map { text.firstMatch(of: $0) != nil } ?? false
    }

    /// Where the document does not fit the schema; none when it does.
    func problems(_ document: JSONTree) throws -> [String] {
        try check(document, against: root, at: "$")
    }

    private static let annotations: Set<String> = [
        "$schema", "$defs", "$comment", "title", "description", "then", "else",
    ]

    private func check(_ value: JSONTree, against schema: JSONTree, at path: String) throws -> [String] {
        if let allowed = schema.boolValue { return allowed ? [] : ["\(path): nothing may stand here"] }
        guard let keywords = schema.objectValue else { return ["\(path): the schema is no object"] }
        return try keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument in
            try check(value, keyword, argument, in: schema, at: path)
        }
    }

    private func check(
        _ value: JSONTree, _ keyword: String, _ argument: JSONTree, in schema: JSONTree, at path: String
    ) throws -> [String] {
        func fail(_ fails: Bool) -> [String] { fails ? ["\(path): \(keyword) \(argument.text(pretty: false))"] : [] }
        switch keyword {
        case _ where Self.annotations.contains(keyword): return []
        case "$ref":
            let name = (argument.stringValue ?? "").split(separator: "/").last.map(String.init) ?? ""
            return try check(value, against: root["$defs"]?[name] ?? ["no such definition": true], at: path)
        case "type":
            let types = argument.arrayValue?.compactMap(\.stringValue) ?? [argument.stringValue ?? ""]
            return fail(!types.contains { isType(value, $0) })
        case "enum": return fail(!(argument.arrayValue ?? []).contains(value))
        case "const": return fail(argument != value)
        case "minimum": return fail(value.intValue.map { $0 < argument.intValue ?? .min } ?? false)
        case "maximum": return fail(value.intValue.map { $0 > argument.intValue ?? .max } ?? false)
        case "minLength", "maxLength", "pattern": return fail(!fits(value, keyword, argument))
        case "minProperties": return fail(value.objectValue.map { $0.count < Int(argument.intValue ?? 0) } ?? false)
        case "maxProperties": return fail(value.objectValue.map { $0.count > Int(argument.intValue ?? 0) } ?? false)
        case "patternProperties":
            return try (value.objectValue ?? [:]).flatMap { name, member in
                try (argument.objectValue ?? [:]).filter { matches(name, $0.key) }
                    .flatMap { try check(member, against: $0.value, at: "\(path).\(name)") }
            }
        case "minItems": return fail(value.arrayValue.map { $0.count < Int(argument.intValue ?? 0) } ?? false)
        case "maxItems": return fail(value.arrayValue.map { $0.count > Int(argument.intValue ?? 0) } ?? false)
        case "uniqueItems": return fail(value.arrayValue.map { Set($0).count < $0.count } ?? false)
        case "required":
            guard let members = value.objectValue else { return [] }
            return fail(!(argument.arrayValue ?? []).allSatisfy { members[$0.stringValue ?? ""] != nil })
        case "items":
            return try (value.arrayValue ?? []).enumerated().flatMap {
                try check($0.element, against: argument, at: "\(path)[\($0.offset)]")
            }
        case "properties":
            return try (value.objectValue ?? [:]).flatMap { name, member in
                try argument[name].map { try check(member, against: $0, at: "\(path).\(name)") } ?? []
            }
        case "additionalProperties":
            let known = schema["properties"]?.objectValue ?? [:]
            let special = (schema["patternProperties"]?.objectValue ?? [:]).keys
            let others = (value.objectValue ?? [:]).filter { name, _ in
                known[name] == nil && !special.contains { matches(name, $0) }
            }
            return try others.flatMap { name, member in
                try check(member, against: argument, at: "\(path).\(name)")
            }
        case "propertyNames":
            return try (value.objectValue ?? [:]).keys.flatMap {
                try check(.string($0), against: argument, at: "\(path).\($0)")
            }
        case "allOf": return try (argument.arrayValue ?? []).flatMap { try check(value, against: $0, at: path) }
        case "oneOf":
            let results = try (argument.arrayValue ?? []).map { try check(value, against: $0, at: path) }
            return results.filter(\.isEmpty).count == 1 ? [] : results.flatMap { $0 } + ["\(path): oneOf"]
        case "if":
            let holds = try check(value, against: argument, at: path).isEmpty
            return try schema[holds ? "then" : "else"].map { try check(value, against: $0, at: path) } ?? []
        default: return ["\(path): the keyword \(keyword) is not known to the test"]
        }
    }

    private func fits(_ value: JSONTree, _ keyword: String, _ argument: JSONTree) -> Bool {
        guard let text = value.stringValue else { return true }
        if keyword == "pattern" { return matches(text, argument.stringValue ?? "") }
        let length = Int(argument.intValue ?? 0)
        return keyword == "minLength" ? text.unicodeScalars.count >= length : text.unicodeScalars.count <= length
    }

    private func isType(_ value: JSONTree, _ type: String) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null): true
        case ("integer", _): value.intValue != nil
        case ("number", _): value.doubleValue != nil
        default: false
        }
    }
}
