import ArgumentParser
import Operations
import Spec

/// The flags that say the same as a request file.
struct RestoreSourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Restore this node; repeatable. Default: every node.", valueName: "node"))
    var targetNode: [String] = []

    @Option(help: ArgumentHelp("Node whose backup it is. Default: each node's own.", valueName: "node"))
    var sourceNode: String?

    @Option(help: ArgumentHelp("Id of the database whose backup it is.", valueName: "id"))
    var sourceDatabase: String?

    @Option(help: ArgumentHelp("Name that the database has inside that backup.", valueName: "name"))
    var sourceName: String?

    @Option(help: ArgumentHelp("Repository to restore from, as specs write one.", valueName: "json"))
    var repository: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Label of the backup.", valueName: "label"))
    var set: String?

    @Option(help: ArgumentHelp("default, immediate, time, lsn, xid or name.", valueName: "type"))
    var type: String?

    @Option(
        help: ArgumentHelp(
            "Where recovery stops: an ISO 8601 instant with its zone, \"now\", \"10 minutes ago\", or what the type asks "
                + "for.", valueName: "target"))
    var target: String?

    @Option(help: ArgumentHelp("A pgBackRest restore option; repeatable.", valueName: "k=v"))
    var option: [String] = []

    /// Throws `restore-options` (65) for an option of pgstanza's own, and what the repository's reader finds.
    func flags(_ how: RestoreRunOptions) throws -> RestoreFlags {
        var options: [String: String] = [:]
        for text in option {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandsError(
                    .usage, code: "bad-option", "--option takes NAME=VALUE, and \"\(text)\" is none",
                    hint: "for an option without a value write NAME=y")
            }
            if let reason = OwnOptions.reason(for: parts[0]) {
                throw CommandsError(
                    .invalidInput, code: "own-option", "the option \"\(parts[0])\" is pgstanza's own: \(reason)",
                    hint: "leave it out")
            }
            if let problem = OptionText.problem(inValue: parts[1]) {
                throw CommandsError(
                    .invalidInput, code: "bad-option-value", "the value of the option \"\(parts[0])\" \(problem)",
                    hint: "write it as pgBackRest's configuration takes it, on one line")
            }
            options[parts[0]] = parts[1]
        }
        return RestoreFlags(
            targetNodes: targetNode, sourceNode: sourceNode, sourceDatabase: sourceDatabase, sourceName: sourceName,
            repository: try repository.map { try SpecReader.readRepository(Array($0.utf8), file: "--repository") },
            set: set, type: type, target: target, options: options, consents: Set(how.consents),
            reenablesBackups: how.reenableBackups, advancesSequences: how.advanceSequences)
    }
}
