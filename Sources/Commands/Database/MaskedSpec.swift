import PositionedJSON

/// Specs as they may be shown.
enum MaskedSpec {
    static let mask = "********"

    /// The tree with every value that is or could be a secret masked; where a secret is kept may be seen.
    static func mask(_ tree: JSONTree) -> JSONTree {
        switch tree {
        case .object(let members):
            return .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { key, value in
                        (key, isSecret(key) ? masked(value) : mask(value))
                    }))
        case .array(let values):
            return .array(values.map { mask($0) })
        default:
            return tree
        }
    }

    /// Keys are looked at by the words in them: options for pgBackRest and settings of the server are free in name.
    private static func isSecret(_ key: String) -> Bool {
        let name = key.lowercased()
        return ["key", "pass", "secret", "token", "credential", "conninfo"].contains(where: name.contains)
            // Kinds of keys and where they are kept say nothing.
            && !["key-type", "password_encryption", "ssl_key_file"].contains(where: name.hasSuffix)
    }

    private static func masked(_ value: JSONTree) -> JSONTree {
        switch value {
        case .object(let members) where members.keys.allSatisfy({ ["file", "env"].contains($0) }): value
        case .null, .bool: value
        default: .string(mask)
        }
    }
}
