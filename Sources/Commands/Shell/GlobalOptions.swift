import ArgumentParser
import Catalog

/// The options of every command. What a flag does not say is taken from the environment, then from `config.json`.
struct GlobalOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    @Option(
        name: .customLong("home"),
        help: ArgumentHelp(
            "The home directory (PGSTANZA_HOME; default \(Home.defaultPath)).", valueName: "directory"),
        completion: .directory)
    var homePath: String?

    @Flag(name: .shortAndLong, help: "Say nothing when all is well.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say in detail what is done.")
    var verbose = false

    @Flag(name: .customLong("no-color"), help: "Use no colours (also NO_COLOR).")
    var noColor = false

    func validate() throws {
        if homePath?.isEmpty == true { throw ValidationError("--home needs a directory") }
    }

    /// The home directory that this command works in.
    func home(_ environment: Environment) -> Home {
        Home(path: homePath ?? environment["PGSTANZA_HOME"] ?? Home.defaultPath)
    }

    /// How the command speaks.
    func style(
        _ environment: Environment, _ defaults: HostConfiguration.Defaults, _ terminal: Terminal
    ) -> OutputStyle {
        OutputStyle(
            json: json, quiet: quiet, verbose: verbose, noColor: noColor, environment: environment, defaults: defaults,
            terminal: terminal)
    }
}

/// For commands that change something.
struct DryRunOptions: ParsableArguments {
    @Flag(help: "Print what would be done, and change nothing.")
    var dryRun = false
}

/// For commands that destroy or replace something.
struct ConsentOptions: ParsableArguments {
    @Flag(help: "Do not ask.")
    var yes = false
}

/// For commands that take locks.
struct LockOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Wait this long for a lock that somebody else holds (PGSTANZA_WAIT_LOCK).", valueName: "seconds"))
    var waitLock: Double?

    func validate() throws {
        if let waitLock, !(waitLock >= 0 && waitLock.isFinite) {
            throw ValidationError("--wait-lock needs a number of seconds, 0 or more")
        }
    }

    /// Seconds to wait, from flag, environment and `config.json`; `fallback` when none says anything.
    func seconds(_ context: CommandContext, fallback: Double = 0) throws -> Double {
        if let waitLock { return waitLock }
        if let text = context.environment["PGSTANZA_WAIT_LOCK"] {
            guard let seconds = Double(text), seconds >= 0, seconds.isFinite else {
                throw CommandsError(
                    .usage, code: "bad-environment", "PGSTANZA_WAIT_LOCK is not a number of seconds: \"\(text)\"",
                    hint: "set it to 0 or more, or unset it")
            }
            return seconds
        }
        return context.configuration.defaults.waitLock ?? fallback
    }
}
