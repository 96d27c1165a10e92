import ArgumentParser
import Catalog
import Cron
import Glibc
import Operations
import PositionedJSON
import Processes
import Scheduling
import Spec

/// Which of the host's schedulers is meant.
struct SchedulerOptions: ParsableArguments {
    @Flag(help: "systemd's timers.")
    var systemd = false

    @Flag(help: "cron.")
    var cron = false

    func validate() throws {
        if systemd && cron { throw ValidationError("--systemd or --cron, not both") }
    }

    /// nil when nothing was said.
    var kind: SchedulerKind? { systemd ? .systemd : cron ? .cron : nil }
}

/// `pgstanza schedule install`.
struct ScheduleInstallCommand: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Hand the schedules, and starting the servers after boot, to the host's own scheduler.",
        discussion: """
            As root into the system's places, run as the owner of the home; as a user into that user's own. Without a \
            flag: what is installed already, else systemd where it runs, else cron.

            systemd: a timer per node with the times in UTC, exact for every expression, that starts 'schedule \
            run-due'. cron: a line per schedule that calls 'backup --schedule' where cron's minutes are UTC's, else \
            one line that calls 'schedule run-due' every minute. Servers that pgstanza made are started after boot.

            Installing again changes only what differs. From then on a restore takes the node's schedules out and \
            backups on again put them back, db update and db remove change them too.
            """)

    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var dryRun: DryRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var homeNeed: HomeOwner.Need { InstallPlaces.homeNeed }

    func execute(_ context: CommandContext) async throws {
        let installer = ScheduleInstaller(try await InstallPlaces.host(context))
        let installed = try await installer.installed()
        let kind = try scheduler.kind ?? installed.first ?? ScheduleInstaller.usual()
        var reports: [ScheduleInstaller.Report] = []
        // In both, everything would run twice.
        for other in installed where other != kind {
            reports.append(try await installer.uninstall(other, isDry: dryRun.dryRun))
        }
        reports.append(try await installer.install(kind, isDry: dryRun.dryRun))
        // So that later commands know without asking cron, which they would have to for a user's own crontab.
        if !dryRun.dryRun, geteuid() != 0 { try AtomicFile.write(kind.rawValue + "\n", to: context.home.schedulerFile) }
        InstallPlaces.print(
            reports, context, isDry: dryRun.dryRun,
            done: "\(kind.rawValue) runs the schedules", nothing: "\(kind.rawValue) has the schedules as they are")
    }
}

/// `pgstanza schedule uninstall`.
struct ScheduleUninstall: PgstanzaCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Take everything back from the host's own scheduler.",
        discussion: "Backups that are going and servers that run go on.")

    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var dryRun: DryRunOptions

    @OptionGroup(title: "Everywhere")
    var global: GlobalOptions

    var homeNeed: HomeOwner.Need { InstallPlaces.homeNeed }

    func execute(_ context: CommandContext) async throws {
        let installer = ScheduleInstaller(try await InstallPlaces.host(context))
        var reports: [ScheduleInstaller.Report] = []
        for kind in try await installer.installed() where scheduler.kind == nil || scheduler.kind == kind {
            reports.append(try await installer.uninstall(kind, isDry: dryRun.dryRun))
        }
        if !dryRun.dryRun, geteuid() != 0 { try AtomicFile.remove(context.home.schedulerFile) }
        InstallPlaces.print(
            reports, context, isDry: dryRun.dryRun, done: "nothing runs the schedules any more",
            nothing: "nothing was installed")
    }
}

/// Where installing works, and for whom: root for the system, everybody else for himself.
enum InstallPlaces {
    /// Root writes into the system's places and must stay root; the home is then looked at by a child that is not.
    static var homeNeed: HomeOwner.Need { geteuid() == 0 ? .none : .required }

    static func host(_ context: CommandContext) async throws -> HostSchedule {
        guard geteuid() == 0 else {
            return try InstallHost.make(home: context.home, user: nil, context.operation().installableNodes())
        }
        return try InstallHost.make(
            home: context.home, user: try owner(of: context.home), try await nodesByChild(context.home))
    }

    /// Name of the home's owner, as whom everything is run.
    private static func owner(of home: Home) throws -> String {
        guard let directory = try FileInformation.of(home.path) else {
            throw CommandsError(
                .notFound, code: "no-home", "there is no home directory \(home.path)",
                hint: "create a database first: pgstanza db create SPEC")
        }
        guard directory.owner != 0 else {
            throw CommandsError(
                .notPermitted, code: "bad-home", "the home directory \(home.path) belongs to root",
                hint: HomeOwner.hintForRootsHome(home))
        }
        return HomeCheck.userName(directory.owner)
    }

    /// What `schedule list` says as the home's owner. Every word is looked at again: the owner's word is not root's.
    private static func nodesByChild(_ home: Home) async throws -> [InstallableNode] {
        let result = try await ProcessRunner.runSuccessfully(
            CommandLine(
                program: try InstallHost.program(), arguments: ["schedule", "list", "--json", "--home", home.path]),
            options: ProcessOptions(timeLimit: 120, keepLines: .max))
        let document = try JSONTree.parse(result.output.joined(separator: "\n"), file: "schedule list")
        return try (document["nodes"]?.arrayValue ?? []).map { node in
            InstallableNode(
                database: node["database"]?.stringValue ?? "", node: node["node"]?.stringValue ?? "",
                schedules: try (node["schedules"]?.arrayValue ?? []).map { schedule in
                    PlannedSchedule(
                        id: schedule["id"]?.stringValue ?? "",
                        type: BackupType(rawValue: schedule["type"]?.stringValue ?? "") ?? .full,
                        expression: try CronExpression(schedule["cron_expression"]?.stringValue ?? ""))
                },
                isOn: node["backups"]?.stringValue == "on", isStarted: node["started"] == .bool(true))
        }
    }

    static func print(
        _ reports: [ScheduleInstaller.Report], _ context: CommandContext, isDry: Bool, done: String, nothing: String
    ) {
        let changes = reports.flatMap(\.changes)
        for remark in reports.flatMap(\.remarks) { context.output.warning(remark) }
        context.output.result(
            [
                "scheduler": JSONTree(reports.last?.kind.rawValue),
                "actions": .array(
                    changes.map {
                        ["node": .null, "action": .string($0.action), "detail": .string($0.detail)]
                    }),
                "files": .array(
                    reports.flatMap(\.files).map { ["path": .string($0.path), "text": .string($0.text)] }),
                "remarks": JSONTree(reports.flatMap(\.remarks)),
            ],
            text: changes.isEmpty
                ? [nothing]
                : ChangeText.lines(changes, files: isDry ? reports.flatMap(\.files) : []) + (isDry ? [] : [done]))
    }
}
