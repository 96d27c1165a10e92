import Catalog

/// How a command speaks, once flags, environment and terminal have been looked at.
struct OutputStyle: Sendable, Equatable {
    /// One JSON document on standard output.
    var isJSON = false
    /// Nothing at all when all is well.
    var isQuiet = false
    /// What is done in detail, on standard error.
    var isVerbose = false
    /// Whether standard output, and standard error, take colours.
    var colorsOutput = false
    var colorsError = false
    /// Whether standard error shows bars that move.
    var showsBars = false
}

extension OutputStyle {
    /// Each from its flag, else the environment, else `config.json`, else off.
    init(
        json: Bool, quiet: Bool, verbose: Bool, noColor: Bool, environment: Environment,
        defaults: HostConfiguration.Defaults, terminal: Terminal
    ) {
        let isDumb = environment["TERM"] == "dumb"
        let isPlain =
            noColor || isDumb || environment["NO_COLOR"] != nil
            || (environment.flag("PGSTANZA_NO_COLOR") ?? (defaults.color == false))
        isJSON = json || (environment.flag("PGSTANZA_JSON") ?? false)
        isQuiet = quiet || (environment.flag("PGSTANZA_QUIET") ?? false)
        isVerbose = verbose || (environment.flag("PGSTANZA_VERBOSE") ?? false)
        colorsOutput = terminal.outputIsTerminal && !isPlain
        colorsError = terminal.errorIsTerminal && !isPlain
        showsBars = terminal.errorIsTerminal && !isDumb && !isQuiet
    }
}

/// The few colours there are.
enum Color: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case bold = "1"
    case dim = "2"

    /// `text` in this colour, when `isOn`.
    func paint(_ text: String, _ isOn: Bool) -> String {
        isOn ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}
