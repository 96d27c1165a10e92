import PositionedJSON

/// Writes the tables that the reader goes by as JSON Schema.
struct SchemaWriter {
    /// Schemas of objects by the name of their table; each is written once.
    private(set) var definitions: [String: JSONTree] = [:]

    /// A reference to the table's schema, which is written if it is not yet.
    mutating func reference(to table: KeyTable) -> JSONTree {
        if definitions[table.name] == nil {
            definitions[table.name] = .object([:])
            definitions[table.name] = object(table)
        }
        return ["$ref": .string("#/$defs/" + table.name)]
    }

    private mutating func object(_ table: KeyTable) -> JSONTree {
        var properties: [String: JSONTree] = [:]
        for key in table.keys {
            var schema = write(key.shape)
            schema["description"] = .string(key.about)
            properties[key.name] = schema
        }
        var result: JSONTree = [
            "type": "object", "description": .string(table.about), "properties": .object(properties),
            "additionalProperties": false,
        ]
        let needed = table.keys.filter(\.isNeeded).map(\.name)
        if !needed.isEmpty { result["required"] = strings(needed) }
        if table.isChoice {
            result["minProperties"] = 1
            result["maxProperties"] = 1
        }
        if !table.variants.isEmpty { result["allOf"] = .array(table.variants.map { variant($0, of: table) }) }
        return result
    }

    /// `type` decides which keys must and which must not be there.
    private func variant(_ variant: Variant, of table: KeyTable) -> JSONTree {
        let fitting = variant.needed + variant.allowed
        let others = Set(table.variants.flatMap { $0.needed + $0.allowed }).subtracting(fitting)
        return [
            "if": ["properties": ["type": ["const": .string(variant.type)]], "required": ["type"]],
            "then": [
                "required": strings(variant.needed),
                "properties": .object(Dictionary(uniqueKeysWithValues: others.map { ($0, .bool(false)) })),
            ],
        ]
    }

    mutating func write(_ shape: Shape) -> JSONTree {
        switch shape {
        case .text(let rule): return text(rule)
        case .integer(let rule):
            return [
                "type": "integer", "minimum": .integer(rule.range.lowerBound),
                "maximum": .integer(rule.range.upperBound),
            ]
        case .boolean: return ["type": "boolean"]
        case .choice(let rule): return ["enum": strings(rule.values)]
        case .secret:
            let kept = reference(to: SecretTable.reference)
            return ["oneOf": [["type": "string", "minLength": 1], kept]]
        case .list(let rule): return list(rule)
        case .object(let table): return reference(to: table)
        case .map(let rule): return map(rule)
        case .setting: return ["type": ["string", "number", "boolean"]]
        case .either(let short, let long): return ["oneOf": [write(short), reference(to: long)]]
        case .notUsed: return ["$comment": "accepted and not used by pgstanza"]
        }
    }

    private func text(_ rule: TextRule) -> JSONTree {
        var result: JSONTree = ["type": "string", "pattern": .string(rule.pattern)]
        if let length = rule.length {
            result["minLength"] = .integer(Int64(length.lowerBound))
            result["maxLength"] = .integer(Int64(length.upperBound))
        }
        return result
    }

    private mutating func list(_ rule: ListRule) -> JSONTree {
        var result: JSONTree = ["type": "array", "items": write(rule.element)]
        if rule.count.lowerBound > 0 { result["minItems"] = .integer(Int64(rule.count.lowerBound)) }
        if rule.count.upperBound < .max { result["maxItems"] = .integer(Int64(rule.count.upperBound)) }
        if rule.isDistinct { result["uniqueItems"] = true }
        return result
    }

    private mutating func map(_ rule: MapRule) -> JSONTree {
        let values = write(rule.values)
        var result: JSONTree = ["type": "object", "propertyNames": text(rule.keys), "additionalProperties": values]
        if let secrets = rule.secrets {
            let kept = reference(to: SecretTable.reference)
            result["patternProperties"] = [secrets.pattern: ["oneOf": [values, kept]]]
        }
        return result
    }

    private func strings(_ words: [String]) -> JSONTree { .array(words.map { .string($0) }) }
}
