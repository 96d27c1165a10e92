import FoundationEssentials
import PgBackRest
import Spec

/// The folder of the golden files; the tests run where they were built.
let goldenFolder = String(#filePath.dropLast("Support.swift".count)) + "Golden"

func readFile(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

/// A directory that is removed again.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = "/tmp/pgstanza-backrest-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    do {
        let result = try await body(path)
        try? FileManager.default.removeItem(atPath: path)
        return result
    } catch {
        try? FileManager.default.removeItem(atPath: path)
        throw error
    }
}

/// An input with everything but the repositories.
func sampleInput(
    _ repositories: [Repository], purpose: StanzaConfigurationInput.Purpose = .backup
) -> StanzaConfigurationInput {
    StanzaConfigurationInput(
        purpose: purpose, databaseID: "example", node: "n1", repositories: repositories,
        pgdata: "/var/lib/pgstanza/databases/example/n1/pgdata", port: 6432, socketDir: "/var/lib/pgstanza/run",
        superuser: "postgres", lockPath: "/var/lib/pgstanza/databases/example/n1/lock",
        logPath: "/var/lib/pgstanza/databases/example/n1/log",
        spoolPath: "/var/lib/pgstanza/databases/example/n1/spool", cores: 8, version: PgBackRestVersion(2, 45))
}
