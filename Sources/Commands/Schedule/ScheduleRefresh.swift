import Catalog
import Failures
import Glibc
import Operations
import Scheduling
import Synchronization

/// Brings what the host's scheduler was told up to date, after something changed that it has to know.
struct ScheduleRefresh: Sendable {
    let home: Home
    let output: Output

    /// The root parent's ends, when there is one; taken over once, so that no child sees them.
    private static let supervisor = Mutex<(asking: Int32, answer: Int32)?>(nil)

    /// Takes over what a root parent handed down.
    static func takeOver() {
        guard let value = getenv(RootSupervisor.variable) else { return }
        let ends = String(cString: value).split(separator: " ").compactMap { Int32($0) }
        unsetenv(RootSupervisor.variable)
        guard ends.count == 2, ends.allSatisfy({ $0 > 2 && fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else { return }
        supervisor.withLock { $0 = (ends[0], ends[1]) }
    }

    /// Never throws: what cannot be brought up to date is said.
    func run(_ nodes: [InstallableNode]) async {
        do {
            if Self.askSupervisor() { return }
            if FileInformation.exists(home.schedulerFile) { try await refreshOwn(nodes) }
            guard SystemPlaces.hold(filesOf: home) else { return }
            output.warning(
                "the schedules that are installed on this host are out of date; as root: pgstanza schedule install")
        } catch {
            let reason = (error as? any Failure)?.message ?? "\(error)"
            output.warning("the schedules that are installed on this host may be out of date: \(reason)")
        }
    }

    /// The owner's own crontab or units. A command that was told to stop still does this.
    private func refreshOwn(_ nodes: [InstallableNode]) async throws {
        let own = ScheduleInstaller(try InstallHost.make(home: home, user: nil, nodes))
        let remarks = try await Task {
            var remarks: [String] = []
            for kind in try await own.installed() { remarks += try await own.install(kind).remarks }
            return remarks
        }.value
        for remark in remarks { output.warning(remark) }
    }

    /// Gives false when there is no root parent.
    private static func askSupervisor() -> Bool {
        supervisor.withLock { ends in
            guard let ends else { return false }
            var byte = UInt8(ascii: "r")
            guard write(ends.asking, &byte, 1) == 1 else { return false }
            while read(ends.answer, &byte, 1) < 0 { guard errno == EINTR else { return false } }
            return true
        }
    }
}

/// What is handed to the host's scheduler, put together.
enum InstallHost {
    /// `user` is nil for a user's own scheduler. A node whose backups are off has nothing to run.
    static func make(home: Home, user: String?, _ nodes: [InstallableNode]) throws -> HostSchedule {
        try HostSchedule(
            program: try program(), home: home.path, user: user,
            nodes: nodes.map {
                try HostSchedule.Node(
                    database: $0.database, node: $0.node, schedules: $0.isOn ? $0.schedules : [],
                    isStarted: $0.isStarted)
            })
    }

    /// The executable that runs now.
    static func program() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else {
            throw CommandsError(
                .operation, code: "no-executable", "cannot find out where the executable is",
                hint: "/proc must be mounted: pgstanza reads /proc/self/exe")
        }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
