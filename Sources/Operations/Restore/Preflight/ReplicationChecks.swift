/// Whoever else has a part in the node's data: subscribers, replicas, transactions in two phases.
enum ReplicationChecks {
    static func replication(_ c: NodeCase) -> [CheckResult] {
        guard !c.node.replicationParticipants.isEmpty else {
            return [c.passed(.replication, "the node takes no part in logical replication")]
        }
        return [
            c.refused(
                .replication,
                "the node takes part in logical replication, which a restore would break: "
                    + c.node.replicationParticipants.joined(separator: "; "),
                hint: "drop these subscriptions and slots first, and make them anew after the restore")
        ]
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
            if replica.isHere {
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
