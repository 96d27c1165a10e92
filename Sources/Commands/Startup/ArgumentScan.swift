import Spec

/// What the command line says before it is parsed: enough to find which command it is, and how errors are to be told.
struct ArgumentScan {
    /// The words that name the command, such as `db` and `list`.
    private(set) var words: [String] = []
    /// The arguments with the global options that stood before the command's words put after them, so that
    /// `pgstanza --json db list` is understood as well as `pgstanza db list --json`.
    private(set) var arguments: [String] = []
    private(set) var isJSON = false
    /// `--no-color`.
    private(set) var isPlain = false
    private(set) var isDryRun = false
    /// Whether the words stop short of a command that can be run.
    private(set) var isIncomplete = false
    /// A word that names no command, where one is needed.
    private(set) var unknownWord: String?
    /// The commands that could have stood in its place.
    private(set) var known: [String] = []

    /// Scans `input`, the arguments without the program's name; `tree` is the root command.
    init(_ input: [String], tree: CommandNode) {
        var node = tree
        var leading: [String] = []
        var index = 0
        while index < input.count, !node.children.isEmpty {
            let argument = input[index]
            if argument.hasPrefix("-") {
                guard Self.isGlobalOption(argument) else { break }
                leading.append(argument)
                if argument == "--home", index + 1 < input.count {
                    index += 1
                    leading.append(input[index])
                }
            } else {
                if let child = node.child(argument) {
                    node = child
                    words.append(argument)
                } else {
                    if node.needsWord, argument != "help" {
                        unknownWord = argument
                    }
                    break
                }
            }
            index += 1
        }
        arguments = words + leading + input[index...]
        readOptions(input)
        isIncomplete = node.needsWord
        if node.needsWord { known = node.children.map(\.name) }
    }

    /// The hint for ``unknownWord``.
    var unknownHint: String {
        let nearest = unknownWord.flatMap { NearestWord.find($0, among: known) }
        if let nearest { return "did you mean \"\((["pgstanza"] + words + [nearest]).joined(separator: " "))\"?" }
        return "known here: \(known.joined(separator: ", "))"
    }

    private mutating func readOptions(_ input: [String]) {
        for argument in input.prefix(while: { $0 != "--" }) {
            switch argument {
            case "--json": isJSON = true
            case "--no-color": isPlain = true
            case "--dry-run": isDryRun = true
            default: break
            }
        }
    }

    private static func isGlobalOption(_ argument: String) -> Bool {
        ["--json", "--home", "-q", "--quiet", "-v", "--verbose", "--no-color", "-qv", "-vq"].contains(argument)
            || argument.hasPrefix("--home=")
    }
}

/// A command as a place in the tree of commands.
struct CommandNode {
    let name: String
    let children: [CommandNode]
    /// Whether one of the children must be named: false for a command that can be run itself.
    let needsWord: Bool

    func child(_ word: String) -> CommandNode? { children.first { $0.name == word } }
}
