import Spec

/// What one repository of a spec says in pgBackRest's terms. Layout and defaults are the control plane's, so that each
/// can restore what the other wrote.
enum RepositoryOptions {
    /// - Parameter key: number of the repository, from 1.
    static func add(
        _ repository: Repository, key: Int, input: StanzaConfigurationInput, to section: inout ConfigurationSection,
        resolve: StanzaConfiguration.SecretResolver
    ) throws {
        let prefix = "repo\(key)-"
        var custom = customOptions(repository)
        for (name, secret) in repository.customSecrets {
            custom[withoutPrefix(name)] = try resolve(secret, "\(name) of repository \(key)")
        }
        try section.set(prefix + "type", repository.kind.typeName)
        let path = RepositoryPath.standard(repository, databaseID: input.databaseID, node: input.node)
        try section.setPath(prefix + "path", path)
        for (name, value) in try kindOptions(repository.kind, key: key, input: input, custom: custom, resolve: resolve)
        {
            try section.set(prefix + name, value)
        }
        if input.purpose == .backup {
            let retention = repository.retentionFull ?? Repository.defaultRetentionFull
            try section.set(prefix + "retention-full", String(retention))
            try section.set(prefix + "retention-full-type", (repository.retentionFullType ?? .time).rawValue)
            if input.bundleRepos.contains(key), input.version.has(.bundle) {
                try section.set(prefix + "bundle", "y")
            }
        }
        for (name, value) in custom.sorted(by: { $0.key < $1.key }) {
            if input.purpose == .restore, name.hasPrefix("retention") { continue }
            if name == "path" {
                try section.setPath(prefix + name, value)
            } else {
                try section.set(prefix + name, value)
            }
        }
    }

    /// `custom_options` by name without `repoN-`. Of an option that is written both ways the one with it wins.
    static func customOptions(_ repository: Repository) -> [String: String] {
        var options: [String: String] = [:]
        for (name, value) in repository.customOptions.sorted(by: { $0.key < $1.key }) {
            options[withoutPrefix(name)] = value
        }
        return options
    }

    private static func withoutPrefix(_ name: String) -> String {
        let bare = OptionCatalogue.withoutIndex(name)
        return bare != name && bare.hasPrefix("repo-") ? String(bare.dropFirst("repo-".count)) : name
    }

    private static func kindOptions(
        _ kind: RepositoryKind, key: Int, input: StanzaConfigurationInput, custom: [String: String],
        resolve: StanzaConfiguration.SecretResolver
    ) throws -> [(name: String, value: String)] {
        let what = "repository \(key)"
        switch kind {
        case .posix, .cifs:
            return []
        case .s3(let bucket, let region, let endpoint, let accessKey, let secret):
            // pgBackRest insists on a region; stores of one's own take any.
            let location = region ?? "us-east-1"
            var options = [
                ("s3-bucket", bucket),
                ("s3-endpoint", endpoint ?? Repository.defaultS3Endpoint(region: region)),
                ("s3-region", location), ("s3-key-type", accessKey == nil ? "auto" : "shared"),
            ]
            if let accessKey { options.append(("s3-key", try resolve(accessKey, "s3_key of \(what)"))) }
            if let secret { options.append(("s3-key-secret", try resolve(secret, "s3_key_secret of \(what)"))) }
            return options
        case .gcs(let bucket, let endpoint, let accountKey):
            // The control plane writes "shared" here, which pgBackRest does not know.
            var options = [
                ("gcs-bucket", bucket), ("gcs-endpoint", endpoint ?? Repository.defaultGCSEndpoint),
                ("gcs-key-type", accountKey == nil ? "auto" : "service"),
            ]
            if accountKey != nil {
                guard let path = input.gcsKeyPaths[key] ?? custom["gcs-key"] else {
                    throw PgBackRestError(
                        reason: .configuration(option: "repo\(key)-gcs-key"),
                        message: "no place is given for the key file of \(what)")
                }
                options.append(("gcs-key", path))
            }
            return options
        case .azure(let account, let container, let endpoint, let accountKey):
            var options = [
                ("azure-account", account), ("azure-container", container),
                ("azure-endpoint", endpoint ?? Repository.defaultAzureEndpoint), ("azure-uri-style", "host"),
            ]
            if let accountKey {
                options.append(("azure-key-type", "shared"))
                options.append(("azure-key", try resolve(accountKey, "azure_key of \(what)")))
            } else if custom["azure-key"] == nil {
                guard input.version.has(.azureManagedIdentity) else {
                    throw PgBackRestError(
                        reason: .configuration(option: "repo\(key)-azure-key"),
                        message: "\(what) has no azure_key, and pgBackRest \(input.version) cannot do without",
                        hint: "add azure_key, or install pgBackRest "
                            + "\(PgBackRestFeature.azureManagedIdentity.since) or later")
                }
                options.append(("azure-key-type", "auto"))
            }
            return options
        }
    }
}

/// Where in its storage a repository lies.
public enum RepositoryPath {
    /// `/BASE_PATH/databases/ID/REPO_ID/NODE`; an empty part is left out.
    public static func standard(_ repository: Repository, databaseID: String, node: String) -> String {
        let base = (repository.basePath ?? "").split(separator: "/").map(String.init)
        let parts = base + ["databases", databaseID, repository.id ?? "", node]
        return "/" + parts.filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// The path that is in force: that of `custom_options`, when it names one.
    public static func effective(_ repository: Repository, databaseID: String, node: String) -> String {
        RepositoryOptions.customOptions(repository)["path"]
            ?? standard(repository, databaseID: databaseID, node: node)
    }
}
