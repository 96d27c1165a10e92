import ArgumentParser

/// To see a plan, or keep it, instead of running it.
struct RestorePlanOptions: ParsableArguments {
    @Flag(help: "Print the plan and stop.")
    var plan = false

    @Option(
        help: ArgumentHelp("Keep the plan in a file, for \"restore apply\".", valueName: "file"), completion: .file())
    var savePlan: String?
}
