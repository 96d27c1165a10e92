import Foundation

/// A server of the tests' own with a repository that plain pgbackrest commands write.
struct HandWritten {
    let server: Instance
    let stanza: String
    let configuration: String

    /// Starts a server that archives with `pgbackrest`, and makes its stanza.
    ///
    /// - Parameter repository: lines of the `[global]` section.
    static func start(
        _ box: Sandbox, stanza: String, repository: String, settings: [String: String] = [:]
    ) async throws -> HandWritten {
        let directory = try box.makeDirectory("hand")
        let configuration = directory + "/pgbackrest.conf"
        let server = try await box.startCluster(
            "hand",
            settings: [
                "archive_mode": "on", "max_wal_senders": "10",
                "archive_command": "pgbackrest --config=\(configuration) --stanza=\(stanza) archive-push %p",
            ].merging(settings) { $1 })
        try box.write(
            configuration,
            """
            [global]
            \(repository)
            log-path=\(directory)
            lock-path=\(directory)/lock
            spool-path=\(directory)/spool

            [\(stanza)]
            pg1-path=\(server.dataDirectory)
            pg1-port=\(server.port)
            pg1-socket-path=\(server.socketDirectory)
            pg1-user=\(box.account.name)

            """, mode: 0o600)
        let hand = HandWritten(server: server, stanza: stanza, configuration: configuration)
        try await hand.run("stanza-create")
        return hand
    }

    /// A plain pgbackrest command, which must end well.
    @discardableResult
    func run(_ arguments: String...) async throws -> ProgramResult {
        try await server.box.run(
            ["pgbackrest", "--config=\(configuration)", "--stanza=\(stanza)"] + arguments
        ).expect(exit: 0)
    }
}
