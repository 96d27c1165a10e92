import Failures
import PgBackRest
import Postgres
import Processes

/// Whether the programs are there that pgstanza runs.
enum ProgramFindings {
    /// The oldest pgBackRest that pgstanza is tried with.
    static let oldestBackRest = PgBackRestVersion(2, 45)
    /// The oldest PostgreSQL that pgstanza works with.
    static let oldestPostgres = 14

    static func look(_ context: CommandContext) async -> [Finding] {
        [await backRest(context.configuration.defaults.pgbackrest ?? "pgbackrest"), zstd()] + (await postgres())
    }

    /// pgBackRest hands a backup's single files out as they are stored: compressed.
    private static func zstd() -> Finding {
        guard let path = ProcessRunner.find("zstd") else {
            return .warning(
                "zstd", "zstd is not installed, so that no single file of a backup can be looked at",
                hint: "install it (apt install zstd): a restore needs it when a node's control file is damaged")
        }
        return .ok("zstd", path)
    }

    private static func backRest(_ program: String) async -> Finding {
        guard let path = ProcessRunner.find(program) else {
            return .failed(
                "pgbackrest", "\(program) is not installed", hint: "install it: apt install pgbackrest")
        }
        do {
            let version = try await PgBackRest(program: path, configPath: "/dev/null", stanza: "db").version()
            guard version >= oldestBackRest else {
                return .failed(
                    "pgbackrest", "\(path) is version \(version)", hint: "install \(oldestBackRest) or later")
            }
            return .ok("pgbackrest", "\(path), version \(version)")
        } catch {
            return failure("pgbackrest", error, hint: "see what \(path) version says")
        }
    }

    private static func postgres() async -> [Finding] {
        let installed = Programs.installed().sorted { $0.major < $1.major }
        guard !installed.isEmpty else {
            do {
                return [await postgres(try Programs.find())]
            } catch {
                return [failure("postgres", error, hint: "install PostgreSQL \(oldestPostgres) or later")]
            }
        }
        var findings: [Finding] = []
        for (_, programs) in installed { findings.append(await postgres(programs)) }
        return findings
    }

    private static func postgres(_ programs: Programs) async -> Finding {
        do {
            let version = try await programs.version()
            let text = "PostgreSQL \(version.major).\(version.minor) in \(programs.binDir)"
            guard version.major >= oldestPostgres else {
                return .warning("postgres", text, hint: "pgstanza works with \(oldestPostgres) and later")
            }
            let needed = ["pg_ctl", "initdb", "pg_basebackup", "pg_controldata", "pg_waldump", "psql"]
            let missing = needed.filter { ProcessRunner.find(programs.path($0)) == nil }
            guard missing.isEmpty else {
                return .failed(
                    "postgres", "\(text), without \(missing.joined(separator: ", "))",
                    hint: "install the server and the client programs of version \(version.major)")
            }
            return .ok("postgres", text)
        } catch {
            return failure("postgres", error, hint: "see what \(programs.path("postgres")) --version says")
        }
    }

    private static func failure(_ name: String, _ error: any Error, hint: String) -> Finding {
        let failure = error as? any Failure
        return .failed(name, failure?.message ?? "\(error)", hint: failure?.hint ?? hint)
    }
}
