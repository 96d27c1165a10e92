import Failures
import Glibc
import Processes

/// The Postgres programs of one installation.
public struct Programs: Sendable, Hashable {
    /// The directory that holds them.
    public let binDir: String

    public init(binDir: String) {
        self.binDir = binDir
    }

    /// The newest installation, or the newest of a major version: Debian's and Red Hat's directories by their
    /// number, then any `postgres` in `PATH` whose real directory carries the number.
    ///
    /// Throws `.unavailable` when there is none.
    public static func find(major: Int? = nil) throws -> Programs {
        let installed = installed()
        let fitting = installed.filter { major == nil || $0.major == major }
        if let newest = fitting.max(by: { $0.major < $1.major }) { return newest.programs }
        if major == nil, let path = ProcessRunner.find("postgres") {
            return Programs(binDir: TextFile.parent(of: TextFile.resolved(path)))
        }
        let found = Set(installed.map(\.major)).sorted().map(String.init).joined(separator: ", ")
        throw PostgresError(
            .unavailable, code: "postgres-missing",
            major.map { "PostgreSQL \($0) is not installed on this host" } ?? "no PostgreSQL is installed on this host",
            hint: found.isEmpty
                ? "install it, or name the directory of its programs with orchestrator_opts.local.bin_dir"
                : "installed: \(found); bin_dir names programs that are elsewhere")
    }

    /// Every installation in the usual places, with its major version.
    public static func installed() -> [(major: Int, programs: Programs)] {
        var found: [(major: Int, programs: Programs)] = []
        for (parent, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/usr/local", "pgsql-")] {
            for name in DirectoryListing.names(in: parent) where name.hasPrefix(prefix) {
                guard let major = Int(name.dropFirst(prefix.count)) else { continue }
                let directory = "\(parent)/\(name)/bin"
                if access(directory + "/postgres", X_OK) == 0 {
                    found.append((major, Programs(binDir: directory)))
                }
            }
        }
        return found
    }

    /// The absolute path of one of them: `path("pg_ctl")`.
    public func path(_ program: String) -> String { binDir + "/" + program }

    /// Version of the installation as `postgres --version` says it.
    ///
    /// A beta (`17beta1`) has minor 0. Throws `.unavailable` when there is no such program.
    public func version() async throws -> (major: Int, minor: Int) {
        let result = try await ProcessRunner.runSuccessfully(
            command("postgres", ["--version"]), options: ProcessOptions(timeLimit: 30))
        guard let version = Self.parseVersion(result.output.first ?? "") else {
            throw PostgresError(
                .unavailable, code: "postgres-version-unknown",
                "\(path("postgres")) --version said something unknown: \(result.output.first ?? "nothing")",
                hint: "orchestrator_opts.local.bin_dir must name the directory of PostgreSQL's own programs")
        }
        return version
    }

    /// Whether the files of an extension are installed with these programs.
    public func hasExtension(_ name: String) async -> Bool {
        await shareDirectories().contains { access("\($0)/extension/\(name).control", R_OK) == 0 }
    }

    /// Where the installation may have its shared files: what `pg_config` says where there is one, and the places
    /// relative to the programs that packages use.
    private func shareDirectories() async -> [String] {
        let above = TextFile.parent(of: binDir)
        var found = [
            "\(above)/share", "\(above)/share/postgresql",
            // Debian: lib/postgresql/15/bin and share/postgresql/15.
            "\(above)/../../../share/postgresql/\(above.split(separator: "/").last ?? "")",
        ]
        if access(path("pg_config"), X_OK) == 0,
            let said = try? await ProcessRunner.runSuccessfully(
                command("pg_config", ["--sharedir"]), options: ProcessOptions(timeLimit: 30)
            ).output.first
        {
            found.insert(said, at: 0)
        }
        return found
    }

    /// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    static func parseVersion(_ line: String) -> (major: Int, minor: Int)? {
        guard let word = line.split(separator: " ").first(where: { $0.first?.isWholeNumber ?? false }) else {
            return nil
        }
        let parts = word.split(separator: ".", maxSplits: 1)
        guard let major = Int(parts[0].prefix { $0.isWholeNumber }) else { return nil }
        return (major, parts.count > 1 ? Int(parts[1].prefix { $0.isWholeNumber }) ?? 0 : 0)
    }

    /// One of them with arguments, in an environment that makes it speak English.
    func command(_ program: String, _ arguments: [String], environment: [String: String] = [:]) -> CommandLine {
        var all = CommandLine.cleanEnvironment
        all["LC_ALL"] = "C"
        all.merge(environment) { $1 }
        return CommandLine(program: path(program), arguments: arguments, environment: all)
    }
}
