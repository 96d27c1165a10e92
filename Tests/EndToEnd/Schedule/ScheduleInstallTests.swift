import Foundation
import PositionedJSON
import Testing

/// `schedule install` and what follows from it, with Debian's cron and systemd's own tools.
@Suite(.enabled(if: OwnHost.canRunCron, "cron needs root and namespaces here"))
struct ScheduleInstallTests {
    /// A zone with summer time, and a cron that knows no other: one line that asks every minute. Then what a restore,
    /// backups on again and removal make of it.
    @Test func cronElsewhereAsksEveryMinuteAndFollowsWhatHappens() async throws {
        try await withSandbox { box in
            let host = try await OwnHost.start(box, zone: "America/New_York", runsCron: true)
            try await box.create(box.spec(schedules: [Sandbox.schedule("soon", "full", QuietMinutes.thisHour())]))
            let dry = try await host.pgstanza("schedule", "install", "--cron", "--dry-run").expect(exit: 0)
            #expect(dry.output.contains("* * * * * \(box.account.name) \(box.executable) schedule run-due -q"))
            #expect(host.files(host.cronDirectory).isEmpty)
            try await host.pgstanza("schedule", "install", "--cron").expect(exit: 0)
            let installed = host.files(host.cronDirectory)
            #expect(installed.count == 1)
            let name = try #require(installed.keys.first)
            let lines = installed.values.first?.split(separator: "\n").map(String.init) ?? []
            let user = box.account.name
            let home = "--home \(box.home)"
            #expect(lines.contains("@reboot \(user) \(box.executable) db start shop n1 -q \(home)"), "\(lines)")
            let ask = "* * * * * \(user) \(box.executable) schedule run-due -q \(home)"
            #expect(lines.contains(ask), "\(lines)")
            let again = try await host.pgstanza("schedule", "install", "--json").expect(exit: 0).json()
            #expect(again["scheduler"]?.stringValue == "cron")
            #expect(again["actions"] == .array([]))
            try await box.expectRun(of: "soon", startedBy: "cron")

            host.holdCron()
            try await waitUntil("nothing runs") { try await box.scheduleReport("soon")["running"] == false }
            try await host.pgstanza("restore", "shop", "--yes", "-q", "--wait-lock", "60").expect(exit: 0)
            #expect(host.files(host.cronDirectory)[name]?.contains("run-due") == false)
            #expect(host.files(host.cronDirectory)[name]?.contains("db start") == true)
            let off = try await box.pgstanza("schedule", "list").expect(exit: 0)
            #expect(off.output.contains("backups off") && off.errorOutput.contains("db update shop"))
            try await host.pgstanza("db", "update", "shop", "--yes", "-q").expect(exit: 0)
            #expect(host.files(host.cronDirectory)[name]?.contains(ask) == true)
            try await host.pgstanza("db", "remove", "shop", "--yes", "-q").expect(exit: 0)
            #expect(host.files(host.cronDirectory).isEmpty)
        }
    }

    /// Where the host's zone is UTC: a line per schedule, which calls the backup itself; and a user's own crontab.
    @Test func cronInUTCCallsTheBackupAndMailsAboutFailuresOnly() async throws {
        try await withSandbox { box in
            let host = try await OwnHost.start(box, zone: "Etc/UTC", runsCron: true)
            try await box.create(box.spec(schedules: [Sandbox.schedule("soon", "full", QuietMinutes.thisHour())]))
            // A line of the administrator's own, about a database that is not there.
            let bad = "* * * * * \(box.account.name) \(box.executable) backup gone --type full -q --home \(box.home)\n"
            try Data(bad.utf8).write(to: URL(fileURLWithPath: host.cronDirectory + "/own"))
            try await host.pgstanza("schedule", "install", "--cron").expect(exit: 0)
            let installed = host.files(host.cronDirectory).first { $0.key != "own" }?.value ?? ""
            let hours = QuietMinutes.thisHour().split(separator: " ")[1].split(separator: ",").compactMap { Int($0) }
                .sorted()
            let fields = hours == [0, 23] ? "* 0,23 * * *" : "* \(hours[0])-\(hours[1]) * * *"
            let call = "backup shop n1 --schedule soon -q --home \(box.home)"
            #expect(installed.contains("\n\(fields) \(box.account.name) \(box.executable) \(call)\n"), "\(installed)")
            #expect(installed.contains("db start shop n1 -q --home \(box.home); "))
            try await box.expectRun(of: "soon", startedBy: "cron")
            try await waitUntil("the failing line mails") { box.read("mail").contains("END") }

            let mails = box.read("mail").components(separatedBy: "END\n").filter { !$0.isEmpty }
            for mail in mails {
                #expect(mail.contains("Subject: Cron <\(box.account.name)@"), "\(mail)")
                #expect(mail.contains("error: there is no database \"gone\""), "\(mail)")
                #expect(mail.components(separatedBy: "error:").count == 2, "\(mail)")
            }

            // A user's own crontab keeps its other lines.
            let own = try box.write("crontab", "# mine\n0 0 * * * /bin/true\n")
            let enter = ["nsenter", "--mount=/proc/\(host.pid)/ns/mnt"]
            _ = try await box.run(enter + box.account.commandLine(["/usr/bin/crontab", own]), as: .tester).expect(
                exit: 0)
            try await host.pgstanza("schedule", "uninstall").expect(exit: 0)
            #expect(host.files(host.cronDirectory) == ["own": bad])
            try await host.pgstanza("schedule", "install", "--cron", as: .account).expect(exit: 0)
            func crontab() async throws -> String {
                try await box.run(enter + box.account.commandLine(["/usr/bin/crontab", "-l"]), as: .tester).output
            }
            #expect(try await crontab().hasPrefix("# mine\n0 0 * * * /bin/true\n# Written by pgstanza"))
            #expect(try await crontab().contains("\n\(fields) \(box.executable) \(call)\n"))
            try await host.pgstanza("schedule", "uninstall", as: .account).expect(exit: 0)
            #expect(try await crontab() == "# mine\n0 0 * * * /bin/true\n")
        }
    }

    /// Units that systemd itself finds right; no systemd runs them here.
    @Test(.enabled(if: SystemdCalendar.isThere, "there is no systemd-analyze"))
    func unitsAreValidAndFollowTheSpec() async throws {
        try await withSandbox { box in
            let host = try await OwnHost.start(box, zone: "Asia/Kolkata", runsCron: false)
            try await box.create(
                box.spec(
                    nodes: 2,
                    schedules: [
                        Sandbox.schedule("weekly", "full", "30 2 * * sun"),
                        Sandbox.schedule("both", "diff", "0 3 1,15 * 3"),
                    ]))
            try await host.pgstanza("schedule", "install", "--systemd").expect(exit: 0)
            let units = host.files(host.unitDirectory).filter { !$0.key.contains("/") }
            let timers = units.filter { $0.key.hasSuffix(".timer") }
            #expect(timers.count == 2 && units.count == 5, "\(units.keys.sorted())")
            for (name, text) in timers {
                let lines = text.split(separator: "\n").filter { $0.hasPrefix("OnCalendar=") }.map { $0.dropFirst(11) }
                #expect(
                    lines == [
                        "Sun *-*-* 02:30:00 UTC", "*-*-01,15 03:00:00 UTC", "Wed *-*-* 03:00:00 UTC",
                    ], "\(name)")
                #expect(text.contains("\nPersistent=true\n"))
            }
            for (name, text) in units where name.hasSuffix("-n1.service") {
                #expect(
                    text.contains(
                        "\nExecStart=\(box.executable) schedule run-due shop n1 -q --home \(box.home)\n"))
                #expect(text.contains("\nUser=\(box.account.name)\n") && text.contains("\nNoNewPrivileges=yes\n"))
            }
            for (name, text) in units where name.contains("-server-") {
                #expect(text.contains("\nExecStart=\(box.executable) db start shop n1 n2 -q --home \(box.home)\n"))
            }
            let verify = try await box.run(
                ["nsenter", "--mount=/proc/\(host.pid)/ns/mnt", "/usr/bin/systemd-analyze", "verify"]
                    + units.keys.sorted().map { "/etc/systemd/system/" + $0 }, as: .tester)
            let said = verify.errorOutput.split(separator: "\n").filter { $0.contains("pgstanza") }
            #expect(said.isEmpty, "\(verify.summary)")

            // Nothing changes when it is installed again, and everything goes when it is taken out.
            let again = try await host.pgstanza("schedule", "install", "--json").expect(exit: 0).json()
            #expect(again["scheduler"]?.stringValue == "systemd")
            #expect(again["actions"] == .array([]))
            let switched = try await host.pgstanza("schedule", "install", "--cron").expect(exit: 0)
            #expect(switched.output.contains("cron runs the schedules"))
            #expect(host.files(host.unitDirectory).filter { !$0.key.contains("/") }.isEmpty)
            try await host.pgstanza("schedule", "uninstall").expect(exit: 0)
            #expect(host.files(host.cronDirectory).isEmpty)
        }
    }

    /// A user without root: units in the user's own place, which later changes of the databases reach too.
    @Test(.enabled(if: SystemdCalendar.isThere, "there is no systemd-analyze"))
    func aUsersOwnUnitsAreValidAndFollowTheSpec() async throws {
        try await withSandbox { box in
            let host = try await OwnHost.start(box, zone: "Asia/Kolkata", runsCron: false)
            let schedules = [Sandbox.schedule("weekly", "full", "30 2 * * sun")]
            let first = try box.spec(schedules: schedules)
            try await box.create(first)
            let place = box.path + "/configuration"
            let run = { (arguments: [String]) in
                try await box.run(
                    ["nsenter", "--mount=/proc/\(host.pid)/ns/mnt", "--wd=\(box.path)"]
                        + box.account.commandLine(
                            ["/usr/bin/env", "XDG_CONFIG_HOME=\(place)", box.executable] + arguments), as: .tester,
                    timeLimit: 180)
            }
            let directory = place + "/systemd/user"
            func units() -> [String: String] { host.files(directory).filter { !$0.key.contains("/") } }
            let said = try await run(["schedule", "install", "--systemd"]).expect(exit: 0)
            #expect(said.errorOutput.contains("loginctl enable-linger \(box.account.name)"))
            #expect(host.files(host.unitDirectory).isEmpty, "the system's place is root's")
            let files = units()
            #expect(files.count == 3, "\(files.keys.sorted())")
            for (name, text) in files {
                #expect(!text.contains("\nUser="), "\(name)")
                if name.contains("-server-") { #expect(text.contains("\nWantedBy=default.target\n")) }
            }
            let verify = try await box.run(
                ["nsenter", "--mount=/proc/\(host.pid)/ns/mnt"]
                    + box.account.commandLine(
                        ["/usr/bin/systemd-analyze", "--user", "verify"]
                            + files.keys.sorted().map { "\(directory)/\($0)" }), as: .tester)
            #expect(
                verify.errorOutput.split(separator: "\n").filter { $0.contains("pgstanza") }.isEmpty,
                "\(verify.summary)")

            let more = schedules + [Sandbox.schedule("daily", "incr", "15 4 * * *")]
            let changed = first.replacing("spec", "backup_config", "schedules", with: .array(more))
            let spec = try box.write("changed.json", changed.text(pretty: true), mode: 0o644)
            try await run(["db", "update", "shop", spec, "--yes", "-q"]).expect(exit: 0)
            #expect(units().values.contains { $0.contains("\nOnCalendar=*-*-* 04:15:00 UTC\n") })
            try await run(["schedule", "uninstall"]).expect(exit: 0)
            #expect(units().isEmpty)
        }
    }
}
