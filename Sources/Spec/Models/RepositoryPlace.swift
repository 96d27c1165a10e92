/// Where a repository's files are, whatever way the spec writes it: two that are equal hold each other's backups.
public struct RepositoryPlace: Sendable, Hashable, CustomStringConvertible {
    /// The store: `s3 bucket at endpoint`, or `this host` for posix and cifs.
    public let store: String
    /// The directory in the store that everything of the repository lies under, but for database id and node name.
    public let directory: String
    /// The repository's id, a part of the path behind the database id; nil when it has none.
    public let repositoryID: String?

    public var description: String {
        let id = repositoryID.map { ", id \($0)" } ?? ", without an id"
        return "\(store), \(directory)\(id)"
    }
}

extension Repository {
    /// Where the repository's files are; nil when the spec does not say it.
    ///
    /// Endpoints that are not given count as the ones that the configuration then names.
    public var place: RepositoryPlace? {
        let store: String
        switch kind {
        case .s3(let bucket, let region, let endpoint, _, _):
            if bucket.isEmpty { return nil }
            store = "s3 bucket \(bucket) at \(Self.host(endpoint ?? Self.defaultS3Endpoint(region: region)))"
        case .gcs(let bucket, let endpoint, _):
            if bucket.isEmpty { return nil }
            store = "gcs bucket \(bucket) at \(Self.host(endpoint ?? Self.defaultGCSEndpoint))"
        case .azure(let account, let container, let endpoint, _):
            if account.isEmpty || container.isEmpty { return nil }
            store = "azure container \(container) of \(account) at \(Self.host(endpoint ?? Self.defaultAzureEndpoint))"
        case .posix, .cifs:
            if basePath == nil, customPath == nil { return nil }
            store = "this host"
        }
        if let customPath {
            return RepositoryPlace(store: store, directory: PathRules.normalized(customPath), repositoryID: nil)
        }
        return RepositoryPlace(store: store, directory: PathRules.normalized(basePath ?? "/"), repositoryID: id)
    }

    /// A path that `custom_options` gives in place of the usual layout, for a repository that was there before.
    public var customPath: String? {
        customOptions.first { OptionNames.withoutRepository($0.key) == "path" }?.value
    }

    /// The control plane's default endpoints.
    public static func defaultS3Endpoint(region: String?) -> String {
        region.map { "s3.\($0).amazonaws.com" } ?? "s3.amazonaws.com"
    }
    public static let defaultGCSEndpoint = "storage.googleapis.com"
    public static let defaultAzureEndpoint = "blob.core.windows.net"

    /// The same for every way to write one endpoint.
    private static func host(_ endpoint: String) -> String {
        var host = Substring(endpoint.lowercased())
        if host.hasPrefix("https://") { host = host.dropFirst("https://".count) }
        if host.hasSuffix("/") { host = host.dropLast() }
        if host.hasSuffix(":443") { host = host.dropLast(":443".count) }
        return String(host)
    }
}
