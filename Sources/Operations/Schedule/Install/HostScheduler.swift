import Catalog
import Failures
import Processes
import Scheduling

/// Which of the host's own schedulers runs things.
public enum SchedulerKind: String, Sendable, Equatable, CaseIterable {
    case systemd
    case cron
}

/// One of the host's schedulers, as far as the files of one home go. Started by whoever they belong to: root for the
/// system's, a user for the user's own.
protocol HostScheduler: Sendable {
    /// The home's files as they stand there, by their whole path or name.
    func present() async throws -> [InstalledFile]
    /// The same as they are to be.
    func wanted() throws -> [InstalledFile]
    /// Brings one to the other. Gives what is worth knowing.
    func apply(_ change: InstallChange) async throws -> [String]
}

/// What differs between what is installed and what is to be.
struct InstallChange: Sendable, Equatable {
    /// New, or with another text.
    var written: [InstalledFile]
    var removed: [InstalledFile]

    init(from present: [InstalledFile], to wanted: [InstalledFile]) {
        written = wanted.filter { !present.contains($0) }
        removed = present.filter { old in !wanted.contains { $0.name == old.name } }
    }

    var isNothing: Bool { written.isEmpty && removed.isEmpty }
}

/// Hands a home's schedules, and starting its servers after boot, to the host's own scheduler, and takes them back.
public struct ScheduleInstaller: Sendable {
    private let host: HostSchedule

    /// What was done, or would be.
    public struct Report: Sendable, Equatable {
        public var kind: SchedulerKind
        public var changes: [PlannedChange]
        /// Every file that was written.
        public var files: [PlannedFile]
        public var remarks: [String]
    }

    public init(_ host: HostSchedule) { self.host = host }

    /// Which schedulers hold files of this home.
    public func installed() async throws -> [SchedulerKind] {
        var found: [SchedulerKind] = []
        for kind in SchedulerKind.allCases where try await !scheduler(kind).present().isEmpty { found.append(kind) }
        return found
    }

    /// The one that this host runs: systemd where it does, else cron.
    ///
    /// Throws `no-scheduler` (69) when there is neither.
    public static func usual() throws -> SchedulerKind {
        if SystemdScheduler.isRunning { return .systemd }
        if CronScheduler.isThere { return .cron }
        throw OperationError(
            .unavailable, code: "no-scheduler", "neither systemd nor cron runs things on this host",
            hint: "run pgstanza schedule run in the foreground, as in a container")
    }

    /// Installs what the accepted specs say; what is so already is left alone. `isDry`: says it only.
    public func install(_ kind: SchedulerKind, isDry: Bool = false) async throws -> Report {
        let scheduler = try scheduler(kind)
        return try await bring(kind, scheduler, to: scheduler.wanted(), isDry)
    }

    /// Takes out everything of this home.
    public func uninstall(_ kind: SchedulerKind, isDry: Bool = false) async throws -> Report {
        try await bring(kind, scheduler(kind), to: [], isDry)
    }

    private func bring(
        _ kind: SchedulerKind, _ scheduler: any HostScheduler, to wanted: [InstalledFile], _ isDry: Bool
    ) async throws -> Report {
        let change = InstallChange(from: try await scheduler.present(), to: wanted)
        let changes =
            change.written.map { PlannedChange(node: nil, action: "write", detail: $0.name) }
            + change.removed.map { PlannedChange(node: nil, action: "remove", detail: $0.name) }
        let files = change.written.map { PlannedFile(path: $0.name, text: $0.text) }
        let remarks = isDry || change.isNothing ? [] : try await scheduler.apply(change)
        return Report(kind: kind, changes: changes, files: files, remarks: remarks)
    }

    private func scheduler(_ kind: SchedulerKind) throws -> any HostScheduler {
        switch kind {
        case .systemd: try SystemdScheduler(host: host)
        case .cron: host.user == nil ? UserCrontab(host: host) : SystemCrontab(host: host)
        }
    }
}
