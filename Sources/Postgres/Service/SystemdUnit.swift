import Glibc
import Processes

/// A systemd unit that runs a server.
struct SystemdUnit: Sendable, Hashable {
    let name: String
    /// Its `Restart=`: `no`, `on-failure`, `always`…
    let restart: String

    var restarts: Bool { !restart.isEmpty && restart != "no" }

    /// The unit whose main process is the postmaster; for a server that is down, the unit whose file names the data
    /// directory. Nil where systemd does not run.
    static func managing(_ postmaster: ProcessEntry?, pgdata: String) async -> SystemdUnit? {
        guard DirectoryListing.isDirectory("/run/systemd/system") else { return nil }
        guard let postmaster else {
            for name in unitsNaming(pgdata) {
                if let properties = await properties(of: name) {
                    return SystemdUnit(name: name, restart: properties["Restart"] ?? "")
                }
            }
            return nil
        }
        for name in unitNames(inControlGroups: postmaster.controlGroups) {
            // A server that cron or a login started lies in their group, which does not make it theirs.
            guard let properties = await properties(of: name), properties["MainPID"] == String(postmaster.pid) else {
                continue
            }
            return SystemdUnit(name: name, restart: properties["Restart"] ?? "")
        }
        return nil
    }

    /// Services in lines such as `0::/system.slice/system-postgresql.slice/postgresql@15-main.service`.
    static func unitNames(inControlGroups lines: [String]) -> [String] {
        var names: [String] = []
        for line in lines {
            for part in line.split(separator: "/") where part.hasSuffix(".service") && !names.contains(String(part)) {
                names.append(String(part))
            }
        }
        return names.reversed()
    }

    private static func properties(of unit: String) async -> [String: String]? {
        let command = CommandLine(
            program: "systemctl",
            arguments: ["show", "--property=LoadState,MainPID,Restart", "--", unit])
        guard let result = try? await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 10)),
            result.exit.isSuccess
        else { return nil }
        var properties: [String: String] = [:]
        for line in result.output {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { properties[String(parts[0])] = String(parts[1]) }
        }
        return properties["LoadState"] == "loaded" ? properties : nil
    }

    private static func unitsNaming(_ pgdata: String) -> [String] {
        let directories = [
            "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
        ]
        var found: [String] = []
        for directory in directories {
            for name in DirectoryListing.names(in: directory)
            where name.hasSuffix(".service") && !name.contains("@.") && !found.contains(name) {
                var status = stat()
                let path = "\(directory)/\(name)"
                guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < 65536,
                    let text = try? TextFile.read(path), runs(text, pgdata: pgdata)
                else { continue }
                found.append(name)
            }
        }
        return found
    }

    /// Whether a unit's text starts a server for this directory: `Environment=PGDATA=…`, `ExecStart=… -D …`.
    static func runs(_ unitText: String, pgdata: String) -> Bool {
        unitText.split(separator: "\n").contains { line in
            guard line.hasPrefix("Environment=") || line.hasPrefix("ExecStart=") else { return false }
            let words = line.split(whereSeparator: { " =\"'".contains($0) }).map(String.init)
            guard let place = words.firstIndex(where: { $0 == pgdata || $0 == pgdata + "/" || $0 == "-D" + pgdata })
            else { return false }
            return words[place].hasPrefix("-D") || (place > 0 && ["PGDATA", "-D"].contains(words[place - 1]))
        }
    }
}
