import Replication

/// Which subscriptions between the nodes of an earlier restore had everything when those nodes' way back was marked.
///
/// They were fenced and drained before. Going back together, such a pair holds the same rows again.
struct SettledLinks {
    var restore: EarlierRestore
    var access: PeerAccess

    /// Ids of the links by their subscriber. Empty for a restore without subscriptions.
    ///
    /// Throws when an inventory that is there cannot be read.
    func bySubscriber() throws -> [String: [String]] {
        let inventories = try restore.journal.nodes.compactMap { node in
            let file = InventoryFile(path: "\(restore.directory)/\(node)/replication.json")
            return file.exists ? try file.read() : nil
        }
        var found: [String: [String]] = [:]
        for link in ReplicationLink.all(of: inventories, access) where link.subscription.isEnabled {
            guard let reader = link.subscriber.node, let writer = link.provider.node,
                restore.journal.handedOverAll(writer), restore.journal.handedOverAll(reader)
            else { continue }
            found[reader, default: []].append(link.id)
        }
        return found
    }
}

extension RestoreJournal {
    /// Whether everything that the node had written was with all its subscribers before it was stopped, and its way
    /// back was marked after that.
    fileprivate func handedOverAll(_ node: String) -> Bool {
        guard let facts = facts[node], facts.wasRunning, facts.replication?.isDrained == true else { return false }
        return steps[.removeSubscriptions]?[node]?.state == .done
    }
}
