/// Reads which options a command knows out of what `pgbackrest help COMMAND` says.
enum OptionCatalogue {
    /// Names without dashes and without an index: `process-max`, `repo-s3-key`, `pg-path`.
    static func names(inHelp lines: [String]) -> Set<String> {
        var names: Set<String> = []
        for line in lines where line.hasPrefix("  --") {
            let name = line.dropFirst(4).prefix { $0 != " " }
            if !name.isEmpty { names.insert(String(name)) }
        }
        return names
    }

    /// The name as the catalogue has it: `repo2-s3-key` is listed as `repo-s3-key`, `pg1-path` as `pg-path`.
    static func withoutIndex(_ option: String) -> String {
        for group in ["repo", "pg"] where option.hasPrefix(group) {
            let rest = option.dropFirst(group.count)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty && rest.dropFirst(digits.count).hasPrefix("-") {
                return group + rest.dropFirst(digits.count)
            }
        }
        return option
    }
}
