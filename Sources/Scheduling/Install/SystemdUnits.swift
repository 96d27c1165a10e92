/// The units that run a host's schedules: per node a timer and the service it starts, per database one that starts its
/// servers after boot. Texts only.
public enum SystemdUnits {
    public static func files(_ host: HostSchedule) -> [InstalledFile] {
        var files: [InstalledFile] = []
        for node in host.nodes where !node.schedules.isEmpty {
            let name = "\(host.prefix)-backup-\(node.database)-\(node.node)"
            files.append(InstalledFile(name: name + ".timer", text: timer(host, node)))
            files.append(InstalledFile(name: name + ".service", text: backupService(host, node)))
        }
        for (database, nodes) in host.started {
            files.append(
                InstalledFile(
                    name: "\(host.prefix)-server-\(database).service", text: serverService(host, database, nodes)))
        }
        return files
    }

    private static func timer(_ host: HostSchedule, _ node: HostSchedule.Node) -> String {
        var lines = [
            host.mark, "[Unit]", "Description=When backups of \(node.node) of \(node.database) are due", "", "[Timer]",
        ]
        var seen: Set<String> = []
        for schedule in node.schedules {
            lines.append("# \(schedule.id), \(schedule.type.rawValue): \(schedule.expression.text)")
            for line in CalendarExpression.lines(schedule.expression) where seen.insert(line).inserted {
                lines.append("OnCalendar=\(line)")
            }
        }
        lines += [
            // One minute by default, in which a timer may be late.
            "AccuracySec=1s",
            // What was missed while the machine was off is made up for after boot.
            "Persistent=true", "", "[Install]", "WantedBy=timers.target",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func backupService(_ host: HostSchedule, _ node: HostSchedule.Node) -> String {
        let servers = "\(host.prefix)-server-\(node.database).service"
        return unit(
            host, "Backups of \(node.node) of \(node.database) that are due",
            after: "local-fs.target network-online.target postgresql.service \(servers)",
            service: [
                "ExecStart=\(command(host, "schedule run-due \(node.database) \(node.node) -q"))",
                // A backup takes as long as it takes, and is stopped in good order.
                "TimeoutStartSec=infinity", "TimeoutStopSec=5min", "KillMode=mixed", "Nice=5",
            ] + hardening(isSystem: host.user != nil), install: [])
    }

    private static func serverService(_ host: HostSchedule, _ database: String, _ nodes: [String]) -> String {
        let words = "\(database) \(nodes.joined(separator: " ")) -q"
        return unit(
            host, "The servers of \(database)", after: "local-fs.target network-online.target",
            service: [
                "RemainAfterExit=yes", "ExecStart=\(command(host, "db start \(words)"))",
                "ExecStop=\(command(host, "db stop \(words)"))",
                // Crash recovery is part of the start, and the archiver's last segment of the stop.
                "TimeoutStartSec=infinity", "TimeoutStopSec=5min",
                // The servers live in this unit's group, and are stopped by ExecStop.
                "KillMode=mixed", "UMask=0077",
            ],
            // A system's units are wanted by another target than a user's.
            install: ["", "[Install]", "WantedBy=\(host.user == nil ? "default.target" : "multi-user.target")"])
    }

    private static func unit(
        _ host: HostSchedule, _ description: String, after: String, service: [String], install: [String]
    ) -> String {
        let order = host.user == nil ? [] : ["Wants=network-online.target", "After=\(after)"]
        let lines =
            [host.mark, "[Unit]", "Description=\(description)"] + order + ["", "[Service]", "Type=oneshot"]
            + (host.user.map { ["User=\($0)"] } ?? []) + service + install
        return lines.joined(separator: "\n") + "\n"
    }

    /// A percent sign begins a specifier (systemd.unit(5)), a dollar sign a variable.
    private static func command(_ host: HostSchedule, _ words: String) -> String {
        func escaped(_ path: String) -> String {
            path.map { character in
                switch character {
                case "%": "%%"
                case "$": "$$"
                case "\\", "\"", "'": "\\\(character)"
                default: String(character)
                }
            }.joined()
        }
        return "\(escaped(host.program)) \(words) --home \(escaped(host.home))"
    }

    /// Nothing that a backup needs: it reads a data directory, writes a repository, and talks to servers.
    private static func hardening(isSystem: Bool) -> [String] {
        let everywhere = [
            "NoNewPrivileges=yes", "RestrictSUIDSGID=yes", "RestrictRealtime=yes", "LockPersonality=yes",
            "SystemCallArchitectures=native", "UMask=0077",
        ]
        guard isSystem else { return everywhere }
        return everywhere + [
            "CapabilityBoundingSet=", "ProtectSystem=full", "ProtectClock=yes", "ProtectHostname=yes",
            "ProtectKernelLogs=yes", "ProtectKernelModules=yes", "ProtectKernelTunables=yes",
            "ProtectControlGroups=yes", "RestrictNamespaces=yes", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
        ]
    }
}
