import Catalog
import Failures
import FoundationEssentials
import PgBackRest
import Spec

/// A stanza configuration, rendered and not yet written.
public struct RenderedConfiguration: Sendable {
    /// Where the configuration goes.
    public var path: String
    public var text: String
    /// The same text for people, without secrets.
    public var maskedText: String
    /// Files that the configuration names, by path: keys of service accounts.
    public var keyFiles: [String: String]

    /// Writes the files, readable by their owner only, the configuration last.
    public func write() throws {
        try Directories.create(Directories.parent(of: path))
        for (path, text) in keyFiles.sorted(by: { $0.key < $1.key }) {
            try AtomicFile.write(text, to: path, mode: 0o600)
        }
        try AtomicFile.write(text, to: path, mode: 0o600)
    }
}

extension NodeTools {
    /// Renders a stanza configuration of the node for these repositories, numbered in their order.
    ///
    /// - Parameters:
    ///   - path: where it will be written; its key files go beside it.
    ///   - purpose: a restore's only reads the repositories.
    ///   - owner: database and node whose place in the repositories it is; the node's own by default.
    ///   - bundled: numbers of repositories that are new, where files are bundled.
    public func renderConfiguration(
        _ node: NodePlacement, repositories: [Repository], path: String,
        purpose: StanzaConfigurationInput.Purpose = .backup, owner: (database: String, node: String)? = nil,
        bundled: Set<Int> = []
    ) async throws -> RenderedConfiguration {
        let keys = try GCSKeyFile.needed(for: repositories)
        let keyPaths = Dictionary(
            uniqueKeysWithValues: keys.map { ($0.repoKey, GCSKeyFile.path(beside: path, repoKey: $0.repoKey)) })
        let input = StanzaConfigurationInput(
            purpose: purpose, databaseID: owner?.database ?? node.databaseID, node: owner?.node ?? node.name,
            repositories: repositories, stanza: node.stanza, pgdata: node.primary.pgdata, port: node.primary.port,
            socketDir: node.primary.socketDir, superuser: node.superuser, lockPath: node.lockPath,
            logPath: node.logPath, spoolPath: node.spoolPath,
            cores: ProcessInfo.processInfo.activeProcessorCount,
            version: try await backrest(node, configPath: path).version(),
            options: node.spec.local.pgbackrest.options, gcsKeyPaths: keyPaths, bundleRepos: bundled)
        return RenderedConfiguration(
            path: path, text: try StanzaConfiguration.text(input),
            maskedText: try StanzaConfiguration.maskedText(input),
            keyFiles: Dictionary(
                uniqueKeysWithValues: keys.map { (GCSKeyFile.path(beside: path, repoKey: $0.repoKey), $0.text) }))
    }

    /// Makes pgBackRest's directories of the node, and writes the configuration that its backups and its archiving use.
    @discardableResult
    public func writeBackupConfiguration(
        _ node: NodePlacement, repositories: [Repository], bundled: Set<Int> = []
    ) async throws -> RenderedConfiguration {
        let rendered = try await renderConfiguration(
            node, repositories: repositories, path: node.backupConfigPath, bundled: bundled)
        for path in [node.lockPath, node.logPath, node.spoolPath] { try Directories.create(path) }
        try rendered.write()
        return rendered
    }
}
