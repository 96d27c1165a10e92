/// Whoever else has a part in the node's data: subscribers, replicas, transactions in two phases.
enum ReplicationChecks {
    static func replication(_ c: NodeCase) -> [CheckResult] {
        if let problem = c.node.replicationProblem {
            return [
                c.refused(
                    .replication, "the node's part in logical replication could not be found out: \(problem)",
                    hint: "what is not known cannot be put back: mend that first")
            ]
        }
        guard let replication = c.node.replication else {
            return [c.passed(.replication, "the node takes no part in logical replication")]
        }
        var results: [CheckResult] = []
        // Spoken of as a whole where the judge of subscriptions cannot see them.
        for slot in replication.strangers {
            results.append(
                c.consent(
                    .divergence, .replication,
                    "logical slot \(slot.name) (\(slot.plugin)) in database \(slot.database) is lost, and whoever reads "
                        + "from it will lack rows: nobody who could be asked does",
                    hint:
                        "drop it when nobody needs it; or --accept-divergence, and make its subscription anew afterwards"
                ))
        }
        if !c.node.looseSequences.isEmpty {
            let names = c.node.looseSequences
            results.append(
                c.warning(
                    .replication,
                    "\(names.count) sequence\(names.count == 1 ? " is" : "s are") in no replication set and take"
                        + "\(names.count == 1 ? "s" : "") the values of \(c.nodeOrder.sourceNode)"
                        + (c.order.advancesSequences ? ", and are then set past the node's own: " : ": ")
                        + names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : ""),
                    hint: c.order.advancesSequences ? nil : "--advance-sequences sets them past the node's own values"))
        }
        for silent in replication.silentPeers {
            results.append(
                c.warning(
                    .replication,
                    "\(silent.peer.label) cannot be asked whether it subscribes to the node (\(silent.reason)): what it "
                        + "reads is not put back before it answers"))
        }
        return results
    }

    /// The results for the subscriptions of one node: those that diverge need consent.
    static func subscriptions(_ cases: [SubscriptionCase], node: String) -> [CheckResult] {
        let own = cases.filter { $0.node == node }
        func result(_ verdict: CheckResult.Verdict, _ detail: String, consent: ConsentName? = nil) -> CheckResult {
            CheckResult(
                name: CheckName.replication.rawValue, node: node, result: verdict, detail: detail,
                hint: consent.map { "if that is meant: --consent \($0.rawValue) (or --accept-divergence)" },
                consent: consent?.rawValue)
        }
        var results: [CheckResult] = []
        let exact = own.filter { $0.exactness == .exact }
        if !exact.isEmpty {
            results.append(result(.passed, "comes back exactly: \(exact.map(\.name).joined(separator: ", "))"))
        }
        results += own.filter { $0.exactness == .early }.map {
            result(.warning, "\($0.name) repeats rows: \($0.reason)")
        }
        results += own.filter { $0.exactness == .diverges }.map {
            result(.consent, "\($0.name) diverges: \($0.reason)", consent: .divergence)
        }
        return results
    }

    static func preparedTransactions(_ c: NodeCase) -> [CheckResult] {
        guard let waiting = c.node.server?.preparedTransactions, !waiting.isEmpty else {
            return [c.passed(.preparedTransactions, "no prepared transaction waits")]
        }
        return [
            c.refused(
                .preparedTransactions,
                "\(waiting.count) prepared transaction\(waiting.count == 1 ? " waits" : "s wait"): "
                    + waiting.joined(separator: ", "),
                hint: "COMMIT PREPARED or ROLLBACK PREPARED them: what they hold would be neither kept nor undone")
        ]
    }

    static func replicas(_ c: NodeCase) -> [CheckResult] {
        var checks: [CheckResult] = []
        for replica in c.node.replicas {
            if replica.isHere, let obstacle = replica.obstacle {
                checks.append(
                    c.refused(
                        .replicas,
                        "the replica on \(replica.hostID) in \(replica.pgdata) cannot be moved aside: \(obstacle)",
                        hint: "give it a plain directory, in a place that the home's owner may write: "
                            + "orchestrator_opts.local.instances"))
            } else if replica.isHere {
                checks.append(
                    c.warning(.replicas, "the replica on \(replica.hostID) in \(replica.pgdata) is built anew"))
            } else {
                checks.append(
                    c.consent(
                        .replicaElsewhere, .replicas,
                        "the replica on \(replica.hostID) lives on another host and would go on serving the data that "
                            + "this restore undoes",
                        hint: "stop it there, afterwards run `pgstanza db update \(c.order.databaseID)` there; then: "
                            + "--consent \(ConsentName.replicaElsewhere.rawValue)"))
            }
        }
        return checks.isEmpty ? [c.passed(.replicas, "the node has no replica")] : checks
    }
}
