import FoundationEssentials
import PositionedJSON
import Spec

/// The key of a service account, which pgBackRest wants in a file of its own.
public struct GCSKeyFile: Sendable, Hashable, CustomStringConvertible {
    /// Number of the repository, from 1.
    public let repoKey: Int
    /// The account's JSON: to be written with mode 0600.
    public let text: String

    public var description: String { "key file of repository \(repoKey)" }

    /// The key files that a configuration needs, to be written before it.
    ///
    /// A key in the spec or in a variable is the JSON in base64; a file holds the JSON itself.
    /// - Throws: ``PgBackRestError`` for what is not a key; never with a part of it.
    public static func needed(for repositories: [Repository]) throws -> [GCSKeyFile] {
        try repositories.enumerated().compactMap { index, repository in
            guard case .gcs(_, _, let key?) = repository.kind else { return nil }
            return GCSKeyFile(repoKey: index + 1, text: try text(of: key, repoKey: index + 1))
        }
    }

    /// Where a key file goes beside the configuration that names it.
    public static func path(beside configPath: String, repoKey: Int) -> String {
        let stem = configPath.hasSuffix(".conf") ? String(configPath.dropLast(".conf".count)) : configPath
        return "\(stem).repo\(repoKey)-gcs-key.json"
    }

    private static func text(of key: Secret, repoKey: Int) throws -> String {
        let value = try key.resolve(describedAs: "gcs_key of repository \(repoKey)")
        let json: String?
        if case .file = key {
            json = value
        } else {
            let packed = String(value.filter { !$0.isWhitespace })
            json = Data(base64Encoded: packed).flatMap { String(bytes: $0, encoding: .utf8) }
        }
        guard let json, let tree = try? JSONTree.parse(json), tree.objectValue != nil else {
            throw PgBackRestError(
                reason: .configuration(option: "repo\(repoKey)-gcs-key"),
                message: "gcs_key of repository \(repoKey) is not the key of a service account",
                hint: "give its JSON in base64, or {\"file\": \"/path\"} with the path of the JSON file")
        }
        return json
    }
}
