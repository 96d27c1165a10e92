/// Programs, locks and whoever else has a hand on the node.
enum HostChecks {
    static func host(_ c: NodeCase) -> [CheckResult] {
        guard !c.node.isHere else { return [] }
        return [
            c.refused(
                .host, "node \(c.node.node) lives on another host",
                hint: "run on its host: pgstanza restore \(c.order.databaseID) --target-node \(c.node.node)")
        ]
    }

    static func pgbackrest(_ c: NodeCase) -> [CheckResult] {
        guard let problem = c.node.pgbackrestProblem else { return [c.passed(.pgbackrest, "pgbackrest answers")] }
        return [
            c.refused(
                .pgbackrest, problem,
                hint: "install pgbackrest, or name the program in orchestrator_opts.local.pgbackrest.bin")
        ]
    }

    static func programs(_ c: NodeCase) -> [CheckResult] {
        if let major = c.node.programsMajorVersion {
            return [c.passed(.programs, "Postgres \(major) programs are there")]
        }
        return [
            c.refused(
                .programs, c.node.programsProblem ?? "the Postgres programs of node \(c.node.node) are missing",
                hint: "install them, or name their directory in orchestrator_opts.local.bin_dir")
        ]
    }

    static func busy(_ c: NodeCase) -> [CheckResult] {
        guard let holder = c.node.busyWith else { return [c.passed(.busy, "nobody else works on the node")] }
        return [c.refused(.busy, holder, hint: "wait until it has ended, or try again with --wait-lock SECONDS")]
    }

    static func supervisor(_ c: NodeCase) -> [CheckResult] {
        guard let supervisor = c.node.supervisor else {
            return [c.passed(.supervisor, "nothing restarts the server by itself")]
        }
        return [
            c.refused(
                .supervisor, "\(supervisor) would start the server again while its files are being restored",
                hint: c.node.supervisorHint)
        ]
    }

    static func server(_ c: NodeCase) -> [CheckResult] {
        if let problem = c.node.serverProblem {
            return [
                c.refused(
                    .server, "a server runs in \(c.node.dataDirectory.path) and cannot be asked: \(problem)",
                    hint: "mend that, or stop the server: a server that is down is restored too")
            ]
        }
        guard let server = c.node.server else {
            return [c.passed(.server, "the server is down: there is nothing to fence and nothing to stop")]
        }
        if server.isInRecovery {
            return [
                c.refused(
                    .server,
                    "the server in \(c.node.dataDirectory.path) is in recovery: it is a replica, or still replays",
                    hint: "restore the primary of the node; when this is meant to be it: pg_ctl promote, or stop it")
            ]
        }
        return [c.passed(.server, "the server runs with pid \(server.postmasterPID)")]
    }
}
