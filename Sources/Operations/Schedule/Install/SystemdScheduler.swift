import Catalog
import Failures
import Glibc
import Processes
import Scheduling

/// systemd: units in the system's directory, or in the user's own.
struct SystemdScheduler: HostScheduler {
    let host: HostSchedule
    let directory: String

    /// systemd is this machine's init.
    static var isRunning: Bool { Directory.isDirectory("/run/systemd/system") }

    private var isSystem: Bool { host.user != nil }

    init(host: HostSchedule) throws {
        self.host = host
        directory = try host.user == nil ? Self.userDirectory() : "/etc/systemd/system"
    }

    func wanted() throws -> [InstalledFile] {
        SystemdUnits.files(host).map { InstalledFile(name: "\(directory)/\($0.name)", text: $0.text) }
    }

    func present() async throws -> [InstalledFile] {
        try Directory.names(in: directory).compactMap { name in
            guard name.hasPrefix(host.prefix + "-"), name.hasSuffix(".timer") || name.hasSuffix(".service") else {
                return nil
            }
            let text = try AtomicFile.readText("\(directory)/\(name)")
            // A file of the same name that somebody else wrote is not ours.
            guard text.hasPrefix(host.mark + "\n") else { return nil }
            return InstalledFile(name: "\(directory)/\(name)", text: text)
        }
    }

    func apply(_ change: InstallChange) async throws -> [String] {
        for file in change.written { try requireOurs(file.name) }
        var remarks: [String] = []
        for file in change.removed {
            // A timer is stopped; a backup that is going and a server that runs are not.
            let now = Self.isRunning && file.name.hasSuffix(".timer") ? ["--now"] : []
            if isEnabled(file) { remarks += await systemctl(["disable"] + now + [unit(file)]) }
        }
        if !change.written.isEmpty { try Directory.make(directory, mode: 0o755) }
        for file in change.removed { try AtomicFile.remove(file.name) }
        for file in change.written { try AtomicFile.write(file.text, to: file.name, mode: 0o644) }
        if Self.isRunning { remarks += await systemctl(["daemon-reload"]) }
        for file in change.written where isEnabled(file) {
            remarks += await systemctl(["enable", unit(file)])
            guard Self.isRunning else { continue }
            // Starting again lets a timer take up its new times; of servers it starts those that do not run.
            remarks += await systemctl([file.name.hasSuffix(".timer") ? "restart" : "start", "--no-block", unit(file)])
        }
        if !Self.isRunning, !change.written.isEmpty {
            remarks.append("systemd does not run on this machine now: the timers begin with the next boot under it")
        }
        if !isSystem, !change.written.isEmpty {
            remarks.append(
                "a user's timers run while the user is logged in, unless: loginctl enable-linger \(Self.userName)")
        }
        return remarks
    }

    /// Services that only a timer starts are enabled by nobody.
    private func isEnabled(_ file: InstalledFile) -> Bool { file.text.contains("\n[Install]\n") }

    private func unit(_ file: InstalledFile) -> String { String(file.name.dropFirst(directory.count + 1)) }

    /// What systemctl said where it failed: the files are there all the same.
    private func systemctl(_ arguments: [String]) async -> [String] {
        let command = CommandLine(
            program: "systemctl", arguments: (isSystem ? [] : ["--user"]) + arguments, environment: Self.environment)
        do {
            try await ProcessRunner.runSuccessfully(command, options: ProcessOptions(timeLimit: 120, keepLines: 5))
            return []
        } catch {
            let failure = error as? any Failure
            let words = ([failure?.message ?? "\(error)"] + (failure?.details ?? [])).joined(separator: "; ")
            return ["\(command.rendered): \(words)"]
        }
    }

    private func requireOurs(_ path: String) throws {
        guard let text = try AtomicFile.readIfPresent(path).map({ String(decoding: $0, as: UTF8.self) }),
            !text.hasPrefix(host.mark + "\n")
        else { return }
        throw OperationError(
            .refused, code: "not-ours", "\(path) is there and was not written by pgstanza for \(host.home)",
            hint: "look at it, and move it away if nobody needs it")
    }

    /// The user's bus is found by this variable.
    private static var environment: [String: String] {
        var environment = CommandLine.cleanEnvironment
        let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) }
        environment["XDG_RUNTIME_DIR"] = runtime ?? "/run/user/\(geteuid())"
        if let place = getenv("XDG_CONFIG_HOME") { environment["XDG_CONFIG_HOME"] = String(cString: place) }
        return environment
    }

    private static func userDirectory() throws -> String {
        if let place = getenv("XDG_CONFIG_HOME"), place[0] == 0x2F { return String(cString: place) + "/systemd/user" }
        guard let entry = getpwuid(geteuid()), let directory = entry.pointee.pw_dir else {
            throw OperationError(
                .unavailable, code: "no-user", "the user \(geteuid()) is not known, and has no place for units",
                hint: "install as root, or with --cron")
        }
        return String(cString: directory) + "/.config/systemd/user"
    }

    private static var userName: String { getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "USER" }
}
