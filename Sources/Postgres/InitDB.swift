import Failures
import Processes

/// Makes new, empty clusters.
public enum InitDB {
    /// What a new cluster is given.
    public struct Options: Sendable, Hashable {
        /// Name of the first role.
        public var superuser: String
        public var dataChecksums: Bool
        public var encoding: String
        /// `C.UTF-8`: sorts by code point on every host alike, and knows what a letter is.
        public var locale: String
        /// Size of a WAL segment in bytes; nil is the server's default.
        public var walSegmentSize: Int?
        /// Whether files are flushed to disk; false only for clusters that may be lost.
        public var isFlushed: Bool

        public init(
            superuser: String, dataChecksums: Bool = true, encoding: String = "UTF8", locale: String = "C.UTF-8",
            walSegmentSize: Int? = nil, isFlushed: Bool = true
        ) {
            self.superuser = superuser
            self.dataChecksums = dataChecksums
            self.encoding = encoding
            self.locale = locale
            self.walSegmentSize = walSegmentSize
            self.isFlushed = isFlushed
        }
    }

    /// Makes a cluster at `pgdata`, which must be missing or empty.
    ///
    /// It is made in a directory beside it; `prepare` may write configuration there (it gets that directory's path)
    /// before the whole is renamed into place. When anything throws, nothing is left.
    public static func create(
        at pgdata: String, programs: Programs, options: Options,
        prepare: @Sendable (String) async throws -> Void = { _ in }
    ) async throws {
        let staged = try StagedDirectory.prepare(for: pgdata)
        do {
            let major = try await programs.version().major
            try await ProcessRunner.runSuccessfully(
                command(at: staged.staging, programs: programs, major: major, options: options),
                options: ProcessOptions(timeLimit: 600))
            try await prepare(staged.staging)
            try staged.commit()
        } catch {
            staged.discard()
            throw error
        }
    }

    static func command(at directory: String, programs: Programs, major: Int, options: Options) -> CommandLine {
        var arguments = [
            "--pgdata=\(directory)", "--username=\(options.superuser)", "--encoding=\(options.encoding)",
            "--auth-local=peer", "--auth-host=scram-sha-256", "--no-instructions",
        ]
        // From 17 on the server has this locale built in, whatever the operating system's library does to it.
        if major >= 17 && options.locale == "C.UTF-8" {
            arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        } else {
            arguments.append("--locale=\(options.locale)")
        }
        // On by default from 18 on, where the option to leave them out came too.
        if options.dataChecksums { arguments.append("--data-checksums") }
        if !options.dataChecksums && major >= 18 { arguments.append("--no-data-checksums") }
        if let size = options.walSegmentSize { arguments.append("--wal-segsize=\(size >> 20)") }
        if !options.isFlushed { arguments.append("--no-sync") }
        return programs.command("initdb", arguments)
    }
}
