import Spec

/// Checks of names and values on their way into a file or an argument list.
enum OptionChecks {
    /// Throws unless the name is one that pgBackRest could have and the value is one plain line.
    static func check(_ name: String, _ value: String) throws(PgBackRestError) {
        if let problem = OptionText.problem(inValue: value) {
            throw PgBackRestError(
                reason: .configuration(option: name), message: "option \(name): the value \(problem)",
                hint: "pgBackRest knows no quoting: a value is one line without blanks at its ends")
        }
    }

    /// Throws unless the text has the form of an option's name: `a-z`, then `a-z`, digits and `-`.
    static func checkName(_ name: String) throws(PgBackRestError) {
        let isName =
            name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
        guard isName else {
            throw PgBackRestError(
                reason: .configuration(option: name), message: "\"\(name)\" is not the name of an option",
                hint: "names are made of a-z, 0-9 and -")
        }
    }

    /// Options as arguments, by name; `y` and `n` become `--name` and `--no-name`, which every version takes.
    static func arguments(_ options: [String: String]) throws(PgBackRestError) -> [String] {
        var arguments: [String] = []
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            try checkName(name)
            try check(name, value)
            switch value {
            case "y": arguments.append("--" + name)
            case "n": arguments.append("--no-" + name)
            default: arguments.append("--\(name)=\(value)")
            }
        }
        return arguments
    }
}
