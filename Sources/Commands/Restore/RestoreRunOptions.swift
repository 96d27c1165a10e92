import ArgumentParser
import Operations

/// How a restore is run, whatever it restores.
struct RestoreRunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Agree to what the plan cannot promise, by its name; repeatable. --yes agrees to none of them.",
            valueName: "name"))
    var consent: [String] = []

    @Flag(help: "The same as --consent divergence.")
    var acceptDivergence = false

    @Flag(help: "Set the sequences of a node that is restored from another one past its own values.")
    var advanceSequences = false

    @Flag(help: "Turn backups on again at the end, into a new repository id, with a full backup.")
    var reenableBackups = false

    @Flag(help: "Return at once, and print the task's id.")
    var detach = false

    @OptionGroup var agreement: ConsentOptions
    @OptionGroup var dryRun: DryRunOptions
    @OptionGroup var lock: LockOptions

    var consents: [String] { consent + (acceptDivergence ? ["divergence"] : []) }

    func validate() throws {
        for name in consents where ConsentName(rawValue: name) == nil {
            throw ValidationError(
                "there is no consent called \"\(name)\"; there are \(ConsentName.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
    }
}
