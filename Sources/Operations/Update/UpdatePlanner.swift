import Failures
import Postgres
import Spec

/// Says what bringing a database from its present spec to another one comes to: pure.
struct UpdatePlanner {
    /// The nodes as the spec in force places them.
    var present: DatabasePlacement
    /// The nodes as the wanted spec places them.
    var wanted: DatabasePlacement
    /// By node name, of nodes that have instances on this machine.
    var facts: [String: UpdateFacts]
    /// Nodes that come in, by name.
    var additions: [String: NodeAddition] = [:]
    /// What becomes of the replication of nodes that go, by name.
    var leaving: [String: LeavingNode] = [:]
    var ownerName: String
    /// Backups that a restore turned off go on in the repositories from before.
    var keepsRepository = false
    /// A repository of another cluster is upgraded to this one.
    var upgradesStanza = false

    /// Throws what cannot be done by an update (73), all of it in one error.
    func plan() throws -> UpdatePlan {
        try refuseWhatCannotChange()
        var plan = UpdatePlan(database: wanted.id, steps: [])
        for node in wanted.nodes {
            guard let before = present.nodes.first(where: { $0.name == node.name }) else {
                if let addition = additions[node.name] { addNode(addition, &plan) }
                continue
            }
            guard let seen = facts[node.name] else { continue }
            if node.primary.isHere {
                settings(before, node, seen, &plan)
                users(node, seen, &plan)
                try backups(before, node, seen, &plan)
            }
            replicas(before, node, seen, &plan)
        }
        for node in present.nodes where !wanted.nodes.contains(where: { $0.name == node.name }) {
            if node.instances.contains(where: \.isHere) { removeNode(node, &plan) }
        }
        warn(&plan)
        accept(&plan)
        return plan
    }

    /// A difference in the specs that nothing has to be done for is accepted all the same.
    private func accept(_ plan: inout UpdatePlan) {
        guard plan.steps.isEmpty, !Self.isSame(present.spec, wanted.spec) else { return }
        plan.steps.append(
            UpdateChange(node: nil, kind: .accept, detail: "the new spec; nothing that runs has to change for it"))
    }

    /// Whether two specs ask for the same.
    static func isSame(_ a: DatabaseSpec, _ b: DatabaseSpec) -> Bool {
        var (ours, theirs) = (a, b)
        (ours.id, theirs.id) = (nil, nil)
        (ours.notUsed, theirs.notUsed) = ([], [])
        return ours == theirs
    }

    private func warn(_ plan: inout UpdatePlan) {
        if present.spec.scripts != wanted.spec.scripts {
            plan.warnings.append("scripts are run once, when a database is created: the new ones are not run")
        }
        let elsewhere = Set(wanted.nodes.flatMap { $0.instances.filter { !$0.isHere }.map(\.hostID) }).sorted()
        if !elsewhere.isEmpty, !Self.isSame(present.spec, wanted.spec) {
            plan.warnings.append("run the same command on \(elsewhere.joined(separator: ", ")) for what lives there")
        }
    }

    private func addNode(_ addition: NodeAddition, _ plan: inout UpdatePlan) {
        plan.steps.append(
            UpdateChange(node: addition.node.name, kind: .addNode, detail: addition.detail))
        plan.questions += addition.plan.questions
        plan.warnings += addition.plan.warnings
        plan.files += addition.plan.files
    }

    private func removeNode(_ node: NodePlacement, _ plan: inout UpdatePlan) {
        guard facts[node.name]?.isMade ?? true else {
            plan.steps.append(
                UpdateChange(node: node.name, kind: .removeNode, detail: "nothing is there of it; it is forgotten"))
            return
        }
        let stays = node.instances.filter(\.isHere).map(\.pgdata).joined(separator: ", ")
        let isAdopted = facts[node.name]?.isAdopted ?? false
        let what =
            isAdopted ? "its server goes on without pgstanza" : "its servers are stopped"
        plan.steps.append(
            UpdateChange(
                node: node.name, kind: .removeNode,
                detail: "\(what); \(stays) and its backups stay" + (leaving[node.name].map { "; \($0.detail)" } ?? "")))
        plan.questions.append("\(node.name) is no longer part of \(wanted.id): \(what), and \(stays) stays as it is")
    }

    private func replicas(_ before: NodePlacement, _ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan)
    {
        func add(_ kind: UpdateChange.Kind, _ host: String, _ detail: String) {
            plan.steps.append(UpdateChange(node: node.name, kind: kind, subject: host, detail: detail))
        }
        for replica in node.replicas where replica.isHere {
            let old = before.replicas.first { $0.hostID == replica.hostID && $0.isHere }
            switch seen.replicas[replica.hostID] ?? .missing {
            case .missing:
                add(.buildReplica, replica.hostID, "base backup into \(replica.pgdata) on \(replica.hostID)")
            case .unfit(let reason) where old != nil:
                add(.rebuildReplica, replica.hostID, "\(reason): a new base backup into \(replica.pgdata)")
                plan.questions.append(
                    "\(node.name): the replica on \(replica.hostID) is built anew, and what is in \(replica.pgdata) is "
                        + "removed (\(reason))")
            case .unfit(let reason), .unknown(let reason):
                plan.warnings.append("\(node.name): the replica on \(replica.hostID) was left alone: \(reason)")
            case .fits:
                if let old, old.port != replica.port {
                    add(.replicaPort, replica.hostID, "\(old.port) becomes \(replica.port), with a restart")
                    plan.questions.append("\(node.name): the replica on \(replica.hostID) is restarted for its port")
                } else if old == nil {
                    add(.buildReplica, replica.hostID, "the copy in \(replica.pgdata) is started as a replica again")
                }
            }
        }
        for replica in before.replicas
        where replica.isHere && !node.replicas.contains(where: { $0.hostID == replica.hostID }) {
            add(.removeReplica, replica.hostID, "it is stopped and its slot dropped; \(replica.pgdata) stays")
            plan.questions.append(
                "\(node.name): the replica on \(replica.hostID) is stopped and no longer looked after; "
                    + "\(replica.pgdata) stays")
        }
    }

    func refusal(_ code: String, _ message: String, hint: String?) -> OperationError {
        OperationError(.refused, code: code, message, hint: hint)
    }
}
