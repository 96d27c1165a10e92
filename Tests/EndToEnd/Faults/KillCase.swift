/// What is killed, where.
struct KillCase: Sendable, CustomStringConvertible {
    enum Victim: String, Sendable, CaseIterable {
        case pgstanza
        /// pgstanza told to stop, as by ^C and by a service manager.
        case interrupt, terminate
        /// The program that pgstanza is running.
        case child
        /// pgstanza while it runs a program, which lives on.
        case parent
        /// The server being worked on.
        case postmaster
        /// Every process of the case, as when the machine's power goes.
        case everything
        /// The same, and then the servers are started as at boot, by `pg_ctl`.
        case reboot
    }

    enum Moment: Sendable {
        /// pgstanza is held at a named point.
        case point(String)
        /// A child of this name runs.
        case running(String)
    }

    let step: String
    let moment: Moment
    let victim: Victim

    var description: String {
        switch moment {
        case .point(let point): "\(victim.rawValue) at \(point)"
        case .running(let program): "\(victim.rawValue) while \(program) runs in \(step)"
        }
    }

    static let steps = [
        "remove-subscriptions", "tear-down-replicas", "remove-backup-configuration", "stop-primary", "restore-files",
        "start-primary", "recreate-replicas", "recreate-subscriptions",
    ]

    /// Places inside steps at which the world and the journal differ most.
    private static let inner: [String: [String]] = [
        "remove-subscriptions": ["saved", "fence-written"],
        "tear-down-replicas": ["stopped", "noted"],
        "remove-backup-configuration": ["marked"],
        "restore-files": ["restored", "own-files"],
        "start-primary": ["promoted", "own-settings", "restarted"],
        "recreate-subscriptions": ["lifted"],
    ]

    /// Programs that pgstanza runs in a step and waits for.
    private static let programs: [String: [String]] = [
        "tear-down-replicas": ["pg_ctl"],
        "remove-backup-configuration": ["pgbackrest"],
        "stop-primary": ["pg_ctl"],
        "restore-files": ["pgbackrest"],
        "start-primary": ["pg_ctl"],
        "recreate-replicas": ["pg_basebackup", "pg_ctl"],
    ]

    /// Whether a server of the node's primary is there to be killed.
    private static func hasServer(_ step: String, _ place: String) -> Bool {
        switch step {
        case "stop-primary": place == "begun"
        case "restore-files": false
        case "start-primary": !["begun", "own-settings"].contains(place)
        // A server that dies after the last thing that was to be done dies after the restore.
        case "recreate-subscriptions": place != "performed"
        default: true
        }
    }

    static func matrix() -> [KillCase] {
        var cases: [KillCase] = []
        for step in steps {
            for place in ["begun"] + (inner[step] ?? []) + ["performed"] {
                let moment = Moment.point("\(step).\(place)")
                for victim in [Victim.pgstanza, .everything, .reboot] {
                    cases.append(KillCase(step: step, moment: moment, victim: victim))
                }
                if hasServer(step, place) {
                    cases.append(KillCase(step: step, moment: moment, victim: .postmaster))
                }
            }
            cases.append(KillCase(step: step, moment: .point("\(step).begun"), victim: .interrupt))
            cases.append(KillCase(step: step, moment: .point("\(step).performed"), victim: .terminate))
            for program in programs[step] ?? [] {
                for victim in [Victim.child, .parent] {
                    cases.append(KillCase(step: step, moment: .running(program), victim: victim))
                }
            }
        }
        return cases
    }

    /// What the grid beside a peer has no field for: places inside steps, a boot in the middle, and signals that ask
    /// politely.
    static func places() -> [KillCase] {
        matrix().filter { kase in
            switch kase.victim {
            case .interrupt, .terminate: return true
            case .pgstanza, .reboot:
                guard case .point(let point) = kase.moment else { return false }
                return !point.hasSuffix(".begun") && !point.hasSuffix(".performed")
            case .child, .parent, .postmaster, .everything: return false
            }
        }
    }

    /// A few of them, for every run of the tests.
    static func sample() -> [KillCase] {
        let wanted = ["interrupt at recreate-replicas.begun", "reboot at start-primary.own-settings"]
        return places().filter { wanted.contains($0.description) }
    }
}
