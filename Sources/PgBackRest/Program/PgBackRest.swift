public import Processes

/// The pgbackrest program with one stanza of one configuration file.
///
/// It runs as the present user, with a clean environment; everything it may need stands in the file.
public struct PgBackRest: Sendable, Hashable {
    /// Name or absolute path.
    public let program: String
    public let configPath: String
    public let stanza: String

    public init(program: String = "pgbackrest", configPath: String, stanza: String) {
        self.program = program
        self.configPath = configPath
        self.stanza = stanza
    }

    /// The command line of a command that writes a log: everything in order on standard output, with a line per file.
    ///
    /// `log-level-stderr` is said in any case because its default changed with 2.53.
    public func command(_ name: String, _ options: [String] = []) -> CommandLine {
        commandLine(name, options, logLevels: ["--log-level-stderr=off", "--log-level-console=detail"])
    }

    /// The command line of a command whose standard output is data: warnings and errors go to standard error.
    func query(_ name: String, _ options: [String]) -> CommandLine {
        commandLine(
            name, options,
            logLevels: ["--log-level-console=off", "--log-level-stderr=warn", "--log-level-file=off"])
    }

    private func commandLine(_ name: String, _ options: [String], logLevels: [String]) -> CommandLine {
        CommandLine(
            program: program,
            arguments: ["--config=" + configPath, "--stanza=" + stanza] + logLevels + [name] + options)
    }

    /// The version that is installed.
    /// - Throws: `ProcessError` when the program is missing; ``PgBackRestError`` when its answer is not understood.
    public func version() async throws -> PgBackRestVersion {
        let command = CommandLine(program: program, arguments: ["version"])
        let result = try await ProcessRunner.runSuccessfully(command, options: ProcessOptions(timeLimit: 60))
        guard let line = result.output.last, let version = PgBackRestVersion(output: line) else {
            throw PgBackRestError(
                reason: .unreadableOutput, message: "\(program) version does not say a version",
                hint: "check that this program is pgBackRest", command: command.rendered, lines: result.output)
        }
        return version
    }

    /// The options that the installed version knows for a command, without index: `process-max`, `repo-s3-key`.
    public func optionNames(for name: String) async throws -> Set<String> {
        // Without a configuration: the default one may be somebody else's and not to be read.
        let command = CommandLine(program: program, arguments: ["help", name, "--config=/dev/null"])
        let result = try await ProcessRunner.run(
            command, options: ProcessOptions(timeLimit: 60, keepLines: .max))
        let names = OptionCatalogue.names(inHelp: result.output)
        guard result.exit.isSuccess, !names.isEmpty else {
            throw PgBackRestError(
                command: command, name: "help", exit: result.exit, lines: result.output + result.errorOutput)
        }
        return names
    }

    /// The option's name as ``optionNames(for:)`` has it: `repo2-s3-key` becomes `repo-s3-key`.
    public static func nameWithoutIndex(_ option: String) -> String { OptionCatalogue.withoutIndex(option) }

    /// Runs a command and gives back the lines that it logged, those about single files left out.
    ///
    /// - Parameters:
    ///   - expectedBytes: size of the cluster when it is known, for the progress.
    ///   - onProgress: called for every file that is done; from one thread at a time.
    ///   - onLine: called for every line that this would give back, as it comes.
    ///   - timeLimit: seconds.
    /// - Throws: ``PgBackRestError`` when it fails; `ProcessError` when it cannot be run or runs too long;
    ///   `CancellationError` after it has ended in good order.
    @discardableResult
    public func run(
        _ name: String, options: [String] = [], expectedBytes: Int64? = nil,
        onProgress: (@Sendable (Progress) -> Void)? = nil, onLine: (@Sendable (String) -> Void)? = nil,
        timeLimit: Double? = nil
    ) async throws -> [String] {
        let command = command(name, options)
        let reader = LogReader(expectedBytes: expectedBytes, onProgress: onProgress, onLine: onLine)
        let result = try await ProcessRunner.run(
            command,
            options: ProcessOptions(
                timeLimit: timeLimit, keepLines: 0, onLine: { reader.add($0.text) }, graceSeconds: 30))
        let lines = reader.lines
        guard result.exit.isSuccess else {
            throw PgBackRestError(command: command, name: name, exit: result.exit, lines: lines)
        }
        return lines
    }

    /// Runs a command whose standard output is data, and gives that back with the warnings there were.
    func ask(
        _ name: String, _ options: [String], timeLimit: Double? = nil
    ) async throws -> (output: [String], warnings: [String]) {
        let command = query(name, options)
        let result = try await ProcessRunner.run(
            command, options: ProcessOptions(timeLimit: timeLimit, keepLines: .max, graceSeconds: 30))
        var filter = RequestDumpFilter()
        let said = result.errorOutput.compactMap { filter.pass($0) }
        guard result.exit.isSuccess else {
            throw PgBackRestError(command: command, name: name, exit: result.exit, lines: said)
        }
        return (result.output, said)
    }

    /// Lets pgBackRest itself check the configuration file and options for a command, without doing anything.
    ///
    /// Nothing is looked at but the file: no repository, no server, no lock. A value that does not fit is thrown; a name
    /// in the file that it does not know is only a warning to pgBackRest.
    /// - Parameters:
    ///   - name: a command that takes `--repo`: `backup`, `restore`, `expire`, `info` or `archive-get`.
    ///   - options: its arguments; a `--repo` among them is not checked.
    /// - Returns: its warnings.
    /// - Throws: ``PgBackRestError`` with what is wrong.
    @discardableResult
    public func checkOptions(for name: String, _ options: [String] = []) async throws -> [String] {
        // Whether the repository is one of those in the file is looked at last of all, when every value has been
        // (pgBackRest's parse.c; seen with 2.45). There is none with this number, so nothing comes after that.
        let command = query(name, options.filter { !$0.hasPrefix("--repo=") } + ["--repo=256"])
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 60))
        let said = result.errorOutput.compactMap(LogLine.init)
        guard said.contains(where: { $0.code == 32 && $0.text == "key '256' is not valid for 'repo' option" }) else {
            throw PgBackRestError(command: command, name: name, exit: result.exit, lines: result.errorOutput)
        }
        return said.filter { $0.level == "WARN" }.map(\.text)
    }

    /// What pgBackRest warns of in the configuration file, such as names it does not know.
    public func configurationWarnings() async throws -> [String] { try await checkOptions(for: "backup") }
}
