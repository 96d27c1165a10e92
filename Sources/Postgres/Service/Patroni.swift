/// Patroni restarts a server it finds stopped, and rebuilds one whose timeline it does not like.
enum Patroni {
    /// Patroni, when it looks after this data directory.
    ///
    /// Its postmaster is no child of its own (it is forked twice), so the parent tells only in a container. What tells
    /// is a process of Patroni together with a configuration that names the directory, or with the state file that it
    /// keeps in there.
    static func supervisor(pgdata: String, postmaster: ProcessEntry?) -> Supervisor? {
        let processes = ProcessEntry.all().filter { isPatroni(arguments: $0.arguments) }
        guard !processes.isEmpty else { return nil }
        let state = (try? TextFile.readIfPresent(pgdata + "/patroni.dynamic.json")) ?? nil
        for process in processes {
            let config = configuration(in: process.arguments)
            let isNamed = config.map { names(pgdata, inConfiguration: $0) } ?? false
            guard isNamed || process.pid == postmaster?.parent || (processes.count == 1 && state != nil) else {
                continue
            }
            return Supervisor(
                kind: .patroni, name: "Patroni (process \(process.pid)\(config.map { ", \($0)" } ?? ""))",
                howToHold:
                    "patronictl\(config.map { " -c \($0)" } ?? "") pause --wait, and resume afterwards; replicas "
                    + "have to be rebuilt with patronictl reinit",
                isHeld: state.map(isPaused) ?? false)
        }
        return nil
    }

    /// `/usr/bin/python3 /usr/bin/patroni /etc/patroni/config.yml`, `python3 -m patroni …`; not patronictl.
    static func isPatroni(arguments: [String]) -> Bool {
        arguments.prefix(3).contains { $0.split(separator: "/").last == "patroni" }
    }

    static func configuration(in arguments: [String]) -> String? {
        arguments.dropFirst().first { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
    }

    private static func names(_ pgdata: String, inConfiguration path: String) -> Bool {
        guard let text = try? TextFile.read(path) else { return false }
        return dataDirectory(inConfiguration: text).map { TextFile.resolved($0) == TextFile.resolved(pgdata) } ?? false
    }

    /// `data_dir:` of Patroni's YAML, a plain or quoted scalar on one line.
    static func dataDirectory(inConfiguration text: String) -> String? {
        for line in text.split(separator: "\n") {
            let line = line.drop { $0 == " " || $0 == "\t" }
            guard line.hasPrefix("data_dir:") else { continue }
            var value = line.dropFirst("data_dir:".count).drop { $0 == " " }
            if let quote = value.first, quote == "\"" || quote == "'" {
                value = value.dropFirst().prefix { $0 != quote }
            } else {
                value = value.prefix { $0 != " " && $0 != "#" }
            }
            return String(value)
        }
        return nil
    }

    /// `"pause": true` in the copy of the cluster's settings that Patroni keeps in the data directory.
    static func isPaused(_ state: String) -> Bool {
        state.replacing(" ", with: "").contains("\"pause\":true")
    }
}
