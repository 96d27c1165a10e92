import ArgumentParser
import Catalog
import Dispatch
import Failures
import Glibc

/// The program's entry point, called by the executable.
public enum PgstanzaMain {
    /// Runs the command line and ends the process with its exit code.
    ///
    /// Must be the first thing the executable does: as root it changes the user, which wants a process with one
    /// thread.
    public static func run() -> Never {
        signal(SIGPIPE, SIG_IGN)
        let arguments = Swift.CommandLine.arguments
        let scan = ArgumentScan(Array(arguments.dropFirst()), tree: CommandNode(Pgstanza.self))
        let environment = Environment.current()
        do {
            let command = try parse(scan)
            let home = command.global.home(environment)
            if geteuid() == 0, command.changesSchedules, RootSupervisor.isNeeded(home) {
                try RootSupervisor.run(arguments, home: home)
            }
            try HomeOwner.become(
                home: home, need: command.homeNeed, mayMake: !scan.isDryRun,
                arguments: arguments)
            InputFiles.takeOver()
            ScheduleRefresh.takeOver()
            start(command, environment: environment, arguments: arguments)
        } catch {
            // The command line could not be read, so that this goes by what it says at first sight.
            let style = OutputStyle(
                json: scan.isJSON, quiet: false, verbose: false, noColor: scan.isPlain, environment: environment,
                defaults: HostConfiguration.Defaults(), terminal: .current())
            exit(finish(error, output: Output(style: style), session: Session()))
        }
    }

    /// The command that the arguments name.
    ///
    /// - Throws: ``CommandsError`` of kind `usage`; ``QuietExit`` after help or the version has been printed.
    private static func parse(_ scan: ArgumentScan) throws -> any PgstanzaCommand {
        let path = (["pgstanza"] + scan.words).joined(separator: " ")
        if let word = scan.unknownWord {
            throw CommandsError(
                .usage, code: "usage", "unknown command \"\(Printable.line(path + " " + word))\"",
                hint: scan.unknownHint)
        }
        do {
            let command = try Pgstanza.parseAsRoot(scan.arguments)
            if let command = command as? any PgstanzaCommand { return command }
            if scan.words.isEmpty && scan.arguments.isEmpty {
                throw CleanExit.helpRequest()
            }
            if scan.isIncomplete, scan.arguments.count == scan.words.count {
                throw CommandsError(
                    .usage, code: "usage", "a command is missing after \"\(path)\"",
                    hint: "known here: \(scan.known.joined(separator: ", "))")
            }
            var other = command
            try other.run()
            throw QuietExit(status: ExitStatus.done)
        } catch let error as any Failure {
            throw error
        } catch let error as QuietExit {
            throw error
        } catch {
            guard Pgstanza.exitCode(for: error) != .success else {
                _ = Output.write(Pgstanza.fullMessage(for: error) + "\n", to: STDOUT_FILENO)
                throw QuietExit(status: ExitStatus.done)
            }
            throw CommandsError(
                .usage, code: "usage", UsageText.sentence(Pgstanza.message(for: error)), hint: "see '\(path) --help'")
        }
    }

    private static func start(
        _ command: sending any PgstanzaCommand, environment: Environment, arguments: [String]
    ) -> Never {
        let session = Session(promisedTask: environment[Detachment.taskVariable])
        let terminal = Terminal.current()
        let home = command.global.home(environment)
        let need = command.homeNeed
        var configuration = HostConfiguration()
        var problem: (any Error)?
        if need == .required {
            do {
                try HomeCheck.mayUse(home)
                configuration = try HostConfiguration.load(home)
            } catch {
                problem = error
            }
        }
        let output = Output(style: command.global.style(environment, configuration.defaults, terminal))
        if let problem { exit(finish(problem, output: output, session: session)) }
        let context = CommandContext(
            home: home, configuration: configuration, environment: environment, output: output, terminal: terminal,
            session: session, arguments: arguments)
        let work = Task {
            do {
                try await command.execute(context)
                exit(finish(nil, output: output, session: session))
            } catch {
                exit(finish(error, output: output, session: session))
            }
        }
        let signals = Signals { number in
            if session.note(signal: number) {
                work.cancel()
            } else {
                let phases = output.currentPhases
                let busy = phases.isEmpty ? "the end of the command" : phases.joined(separator: "; ")
                output.always("stopping; still busy with \(busy)")
            }
        }
        withExtendedLifetime(signals) { dispatchMain() }
    }

    /// Says what went wrong, if anything did, and gives the exit code.
    private static func finish(_ error: (any Error)?, output: Output, session: Session) -> Int32 {
        output.endProgress()
        var problem = error
        if problem == nil, output.hasLostOutput {
            problem = CommandsError(
                .operation, code: "output-lost", "the result could not be written to standard output",
                hint: "is the disk full?")
        }
        guard let problem else { return ExitStatus.done }
        if let quiet = problem as? QuietExit { return quiet.status }
        var report = ErrorReport(problem, task: session.task, signal: session.signal)
        // An operation that was asked to stop may say so in its own words.
        if let signal = session.signal, report.exitCode == ExitStatus.code(for: .operation) {
            report.exitCode = ExitStatus.code(for: .interrupted(signal: signal))
        }
        // In the background standard error is the task's log, which has the error already.
        if session.promisedTask != nil && session.task != nil { return report.exitCode }
        for line in report.lines(colors: output.style.colorsError) { output.always(line) }
        if output.style.isJSON { output.always(report.document.text(pretty: false)) }
        return report.exitCode
    }
}

/// Messages of the argument parser in the manner of ours.
enum UsageText {
    /// `Missing expected argument '<id>'.` becomes `missing expected argument '<id>'`.
    static func sentence(_ text: String) -> String {
        var text = text
        while text.last == "." || text.last == "\n" { text.removeLast() }
        guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return text }
        return first.lowercased() + text.dropFirst()
    }
}
