import PositionedJSON

/// How messages speak of values.
enum Wording {
    /// The text in quotes, shortened, with control characters made visible.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars.prefix(60) {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if OptionText.isControl(scalar) {
                    let hex = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + (text.unicodeScalars.count > 60 ? "…\"" : "\"")
    }

    /// `a string ("x")`, `a number (5)`, `an object`.
    static func found(_ node: JSONNode, secret: Bool = false) -> String {
        switch node.value {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let number): return secret ? "a number" : "a number (\(number.text))"
        case .string(let text): return secret ? "a string" : "a string (\(quoted(text)))"
        case .array: return "an array"
        case .object: return "an object"
        }
    }

    /// `a, b and c`.
    static func list(_ words: [String], last: String = "and") -> String {
        guard words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " \(last) " + words[words.count - 1]
    }
}

/// Paths of the kind `spec.nodes[0].port`.
enum DocumentPath {
    static func member(_ key: String, of path: String) -> String {
        guard !key.isEmpty, key.unicodeScalars.allSatisfy(isPlain) else {
            return path + "[" + Wording.quoted(key) + "]"
        }
        return path.isEmpty ? key : path + "." + key
    }

    static func element(_ index: Int, of path: String) -> String {
        "\(path)[\(index)]"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }
}
