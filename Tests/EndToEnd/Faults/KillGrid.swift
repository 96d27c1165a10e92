/// One field of the grid that is filled: whom SIGKILL hits, in which of the eight steps, and how far that step was.
struct KillField: Sendable, CustomStringConvertible {
    enum Victim: String, Sendable, CaseIterable {
        case pgstanza
        /// The program that pgstanza runs, or the shell that runs it in its stead.
        case child
        /// The server that is worked on: a replica while it is torn down or built, else the primary.
        case postgres
        /// pgstanza, what it runs, and every server of the node, at once. The peer lives.
        case everything
    }

    enum Moment: String, Sendable, CaseIterable {
        /// The step is entered and nothing of it done; of a child: it has been started.
        case before
        case during
        /// Everything is done and the step not ended yet; of a child: its work is done.
        case after
    }

    /// 1 to 8.
    let step: Int
    let victim: Victim
    let moment: Moment

    var stepName: String { KillCase.steps[step - 1] }
    var description: String { "\(victim.rawValue) \(moment.rawValue) step \(step) \(stepName)" }

    static let all: [KillField] = (1...8).flatMap { step in
        Victim.allCases.flatMap { victim in
            Moment.allCases.map { KillField(step: step, victim: victim, moment: $0) }
        }
    }

    /// A few of all, spread over victims, moments and steps, for every run of the tests.
    static let sample: [KillField] = [
        KillField(step: 1, victim: .postgres, moment: .during),
        KillField(step: 3, victim: .everything, moment: .during),
        KillField(step: 5, victim: .child, moment: .during), KillField(step: 8, victim: .pgstanza, moment: .during),
    ]

    /// What has to be done to hit it, or why that cannot be.
    var kill: Result<Kill, Impossible> {
        switch victim {
        case .pgstanza, .everything: .success(wholeKill)
        case .child: childKill
        case .postgres: serverKill
        }
    }

    struct Impossible: Error { let reason: String }

    /// pgstanza is held at `point`; when a program is named it is let go on until that one is as wanted.
    struct Kill: Sendable {
        var point: String
        var program: (name: String, moment: Moment)?
        var isReplica = false
        /// What the restore is asked for besides.
        var reenablesBackups = false
    }

    private func at(_ place: String) -> Kill { Kill(point: "\(stepName).\(place)") }
    private func at(_ program: String, _ moment: Moment) -> Kill {
        Kill(point: "\(stepName).begun", program: (program, moment))
    }
    /// Steps with something to be done for all nodes together come to their end later.
    private var last: Kill { at(step == 1 ? "concluded" : "performed") }

    private var wholeKill: Kill {
        switch moment {
        case .before: return at("begun")
        case .after: return last
        case .during: break
        }
        let isAlone = victim == .pgstanza
        return switch step {
        case 1: at(isAlone ? "fence-written" : "drained")
        case 2: isAlone ? at("pg_ctl", .during) : at("noted")
        case 3: at("marked")
        case 4: at("pg_ctl", .during)
        case 5: isAlone ? at("pgbackrest", .during) : at("restored")
        case 6: at(isAlone ? "promoted" : "own-settings")
        case 7: at("pg_basebackup", .during)
        default: at(isAlone ? "made" : "slots")
        }
    }

    private var childKill: Result<Kill, Impossible> {
        switch step {
        case 1:
            return .failure(Impossible(reason: "pgstanza speaks to the servers itself and runs no program"))
        case 2, 4, 6: return .success(at("pg_ctl", moment))
        case 3, 5: return .success(at("pgbackrest", moment))
        case 7: return .success(at("pg_basebackup", moment))
        default:
            var kill = at("pgbackrest", moment)
            kill.reenablesBackups = true
            return .success(kill)
        }
    }

    private var serverKill: Result<Kill, Impossible> {
        switch (step, moment) {
        case (1, .during): return .success(at("fence-written"))
        case (2, .before), (2, .during):
            var kill = moment == .before ? at("begun") : at("pg_ctl", .before)
            kill.isReplica = true
            return .success(kill)
        case (3, .during): return .success(at("marked"))
        case (4, .during): return .success(at("pg_ctl", .before))
        case (4, .after): return .failure(Impossible(reason: "the server has been stopped: that is the step"))
        case (5, _): return .failure(Impossible(reason: "no server runs between steps 4 and 6"))
        case (6, .before): return .failure(Impossible(reason: "the server has not been started yet"))
        case (6, .during): return .success(at("promoted"))
        case (7, .during): return .success(at("pg_basebackup", .during))
        case (7, .after):
            var kill = last
            kill.isReplica = true
            return .success(kill)
        case (8, .during): return .success(at("made"))
        // What dies after the last thing that the step does dies after the restore.
        case (8, .after): return .success(at("lifted"))
        case (_, .before): return .success(at("begun"))
        default: return .success(last)
        }
    }
}
