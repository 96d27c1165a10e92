import Catalog
import FoundationEssentials
import Processes
import Scheduling
import SystemPackage

/// What is known of this host's cron.
enum CronScheduler {
    private static let daemons = ["/usr/sbin/cron", "/usr/sbin/crond"]

    static var isThere: Bool { daemons.contains { FileInformation.exists($0) } }

    /// How cron reads times here: by the host's zone, and by whether it knows another.
    static func zone() -> CrontabText.Zone {
        if isUTC() { return .utc }
        let knows = daemons.contains { path in
            guard let program = FileManager.default.contents(atPath: path) else { return false }
            return program.firstRange(of: Array("CRON_TZ".utf8)) != nil
        }
        return knows ? .named : .local
    }

    /// Whether the host's own zone is UTC from now on: the rule that ends a zone's file (tzfile(5)) says so.
    private static func isUTC() -> Bool {
        guard let zone = FileManager.default.contents(atPath: "/etc/localtime") else { return true }
        let rule = zone.split(separator: UInt8(ascii: "\n")).last.map { String(decoding: $0, as: UTF8.self) }
        return ["UTC0", "GMT0", "<UTC>0", "UCT0"].contains(rule)
    }
}

/// The system's: a file of its own in /etc/cron.d, which names the user.
struct SystemCrontab: HostScheduler {
    let host: HostSchedule

    private var path: String { "/etc/cron.d/\(host.prefix)" }

    func wanted() throws -> [InstalledFile] {
        let lines = CrontabText.lines(host, zone: CronScheduler.zone())
        return lines.isEmpty ? [] : [InstalledFile(name: path, text: lines.joined(separator: "\n") + "\n")]
    }

    func present() async throws -> [InstalledFile] {
        guard FileInformation.exists(path) else { return [] }
        let text = try AtomicFile.readText(path)
        return text.hasPrefix(host.mark + "\n") ? [InstalledFile(name: path, text: text)] : []
    }

    func apply(_ change: InstallChange) async throws -> [String] {
        for file in change.written {
            let isOurs = try await present().contains { $0.name == file.name }
            guard isOurs || !FileInformation.exists(file.name) else {
                throw OperationError(
                    .refused, code: "not-ours",
                    "\(file.name) is there and was not written by pgstanza for \(host.home)",
                    hint: "look at it, and move it away if nobody needs it")
            }
            // cron refuses a file that others may write.
            try AtomicFile.write(file.text, to: file.name, mode: 0o644)
        }
        for file in change.removed { try AtomicFile.remove(file.name) }
        return []
    }
}

/// A user's own crontab, in which other lines stand too: ours are between two marks.
struct UserCrontab: HostScheduler {
    let host: HostSchedule

    private var endMark: String { "# End of what pgstanza wrote for \(host.home)." }

    func wanted() throws -> [InstalledFile] {
        let lines = CrontabText.lines(host, zone: CronScheduler.zone())
        guard !lines.isEmpty else { return [] }
        return [InstalledFile(name: "crontab", text: (lines + [endMark]).joined(separator: "\n") + "\n")]
    }

    func present() async throws -> [InstalledFile] {
        let block = try await read().block
        return block.isEmpty ? [] : [InstalledFile(name: "crontab", text: block.joined(separator: "\n") + "\n")]
    }

    func apply(_ change: InstallChange) async throws -> [String] {
        var lines = try await read().others
        for file in change.written {
            lines += file.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
        if lines.isEmpty {
            try await crontab(["-r"])
        } else {
            try await write(lines.joined(separator: "\n") + "\n")
        }
        return []
    }

    private func read() async throws -> (others: [String], block: [String]) {
        guard ProcessRunner.find("crontab") != nil else { return ([], []) }
        let command = CommandLine(program: "crontab", arguments: ["-l"])
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 60, keepLines: .max))
        // "no crontab for USER" is 1, and so is everything else that is wrong with it.
        guard result.exit.isSuccess else {
            guard result.errorOutput.contains(where: { $0.hasPrefix("no crontab for") }) else {
                try result.requireSuccess(of: command)
                return ([], [])
            }
            return ([], [])
        }
        var others: [String] = []
        var block: [String] = []
        var isInside = false
        for line in result.output {
            if line == host.mark { isInside = true }
            if isInside { block.append(line) } else { others.append(line) }
            if line == endMark { isInside = false }
        }
        return (others, block)
    }

    private func write(_ text: String) async throws {
        try await Directories.withTemporary { directory in
            let path = "\(directory)/crontab"
            try AtomicFile.write(text, to: path)
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            defer { try? file.close() }
            try await crontab(["-"], input: file)
        }
    }

    private func crontab(_ arguments: [String], input: FileDescriptor? = nil) async throws {
        try await ProcessRunner.runSuccessfully(
            CommandLine(program: "crontab", arguments: arguments),
            options: ProcessOptions(timeLimit: 60, keepLines: 20, input: input))
    }
}
