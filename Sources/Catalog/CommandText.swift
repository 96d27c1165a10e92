/// Command lines as lock files and tasks keep them: without what could be a secret.
public enum CommandText {
    /// `arguments` joined by blanks, the program without its directory; the value of `--repository`, and of whatever
    /// has a name that speaks of a key or a password, is masked.
    public static func masked(_ arguments: [String]) -> String {
        guard let program = arguments.first else { return "" }
        var words = [program.split(separator: "/").last.map(String.init) ?? program]
        var isRepository = false
        for argument in arguments.dropFirst() {
            words.append(isRepository ? mask : maskedPair(argument))
            isRepository = argument == "--repository"
        }
        return words.joined(separator: " ")
    }

    private static let mask = "********"

    private static func maskedPair(_ argument: String) -> String {
        let prefix = argument.hasPrefix("--option=") ? "--option=" : ""
        let pair = argument.dropFirst(prefix.count)
        guard let equals = pair.firstIndex(of: "=") else { return argument }
        let name = pair[..<equals].lowercased()
        let isSecret = name == "--repository" || ["key", "pass", "secret", "token"].contains(where: name.contains)
        return isSecret ? prefix + pair[...equals] + mask : argument
    }
}
