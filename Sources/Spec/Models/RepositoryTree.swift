import PositionedJSON

extension Repository {
    /// The repository as the JSON object that a spec holds for it; literal secrets are in it as they are.
    ///
    /// `SpecReader.readRepository` reads it back to an equal value.
    public var tree: JSONTree {
        var members: [String: JSONTree] = ["type": .string(kind.typeName)]
        func put(_ key: String, _ text: String?) {
            if let text { members[key] = .string(text) }
        }
        func put(_ key: String, _ secret: Secret?) {
            if let secret { members[key] = secret.tree }
        }
        switch kind {
        case .s3(let bucket, let region, let endpoint, let key, let keySecret):
            put("s3_bucket", bucket)
            put("s3_region", region)
            put("s3_endpoint", endpoint)
            put("s3_key", key)
            put("s3_key_secret", keySecret)
        case .gcs(let bucket, let endpoint, let key):
            put("gcs_bucket", bucket)
            put("gcs_endpoint", endpoint)
            put("gcs_key", key)
        case .azure(let account, let container, let endpoint, let key):
            put("azure_account", account)
            put("azure_container", container)
            put("azure_endpoint", endpoint)
            put("azure_key", key)
        case .posix, .cifs:
            break
        }
        put("id", id)
        put("base_path", basePath)
        if let retentionFull { members["retention_full"] = .integer(Int64(retentionFull)) }
        put("retention_full_type", retentionFullType?.rawValue)
        let custom = customOptions.mapValues { JSONTree.string($0) }.merging(customSecrets.mapValues(\.tree)) { $1 }
        if !custom.isEmpty { members["custom_options"] = .object(custom) }
        return .object(members)
    }

    /// Whether a key or a password stands in it itself, and not only the place where it is kept.
    public var holdsLiteralSecret: Bool {
        let secrets: [Secret?] =
            switch kind {
            case .s3(_, _, _, let key, let keySecret): [key, keySecret]
            case .gcs(_, _, let key): [key]
            case .azure(_, _, _, let key): [key]
            case .posix, .cifs: []
            }
        if customOptions.keys.contains(where: SecretOptions.contains) { return true }
        return (secrets.compactMap { $0 } + customSecrets.values).contains {
            if case .literal = $0 { true } else { false }
        }
    }
}

extension Secret {
    /// As a spec writes it.
    var tree: JSONTree {
        switch self {
        case .literal(let text): .string(text)
        case .file(let path): .object(["file": .string(path)])
        case .environment(let name): .object(["env": .string(name)])
        }
    }
}
