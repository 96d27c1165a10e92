import Processes

/// The lines of a crontab that run a host's schedules. Texts only.
public enum CrontabText {
    /// How cron reads times on this host.
    public enum Zone: String, Sendable, Equatable {
        /// The host's own zone is UTC.
        case utc
        /// Another zone, and a cron that knows `CRON_TZ`.
        case named
        /// Another zone, and a cron that knows no other.
        case local
    }

    /// The lines, the mark first; empty when there is nothing to run.
    ///
    /// Where cron's minutes are UTC's, a line per schedule calls the backup itself; elsewhere one line asks every
    /// minute what is due. What was missed while the machine was off is asked for after boot.
    public static func lines(_ host: HostSchedule, zone: Zone) -> [String] {
        // So would CRON_TZ.
        let zone = zone == .named && host.user == nil ? .local : zone
        let schedules = scheduleLines(host, zone)
        let starts = host.started.map { "db start \($0.database) \($0.nodes.joined(separator: " ")) -q" }
        // One line, so that what was missed is run when the servers are there.
        let boot = starts + (schedules.isEmpty || zone == .local ? [] : ["schedule run-due -q"])
        guard !schedules.isEmpty || !boot.isEmpty else { return [] }
        var lines = [host.mark]
        // In a user's own crontab they would change what stands below.
        if host.user != nil {
            lines += ["SHELL=/bin/sh", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        }
        if !boot.isEmpty {
            lines.append(line(host, "@reboot", boot.map { command(host, $0) }.joined(separator: "; ")))
        }
        return lines + schedules
    }

    private static func scheduleLines(_ host: HostSchedule, _ zone: Zone) -> [String] {
        guard host.nodes.contains(where: { !$0.schedules.isEmpty }) else { return [] }
        guard zone != .local else { return [line(host, "* * * * *", command(host, "schedule run-due -q"))] }
        var order: [Key] = []
        var nodes: [Key: [String]] = [:]
        for node in host.nodes {
            for schedule in node.schedules {
                let key = Key(
                    database: node.database, schedule: schedule.id,
                    fields: CrontabExpression.fields(schedule.expression))
                if nodes[key] == nil { order.append(key) }
                nodes[key, default: []].append(node.node)
            }
        }
        let lines = order.map { key in
            let names = (nodes[key] ?? []).joined(separator: " ")
            return line(
                host, key.fields, command(host, "backup \(key.database) \(names) --schedule \(key.schedule) -q"))
        }
        return (zone == .named ? ["CRON_TZ=UTC"] : []) + lines
    }

    private struct Key: Hashable {
        var database: String
        var schedule: String
        var fields: String
    }

    private static func line(_ host: HostSchedule, _ fields: String, _ command: String) -> String {
        // Only a system's crontab has a column for the user. A percent sign would end the command (crontab(5)).
        "\(fields) " + (host.user.map { "\($0) " } ?? "")
            + command.split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: "\\%")
    }

    private static func command(_ host: HostSchedule, _ words: String) -> String {
        "\(ShellQuoting.quoted(host.program)) \(words) --home \(ShellQuoting.quoted(host.home))"
    }
}
