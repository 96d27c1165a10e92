import Catalog
import PgBackRest
import Replication

/// Says of every subscription of the nodes that are restored how exactly it comes back. Pure.
struct SubscriptionJudge {
    var order: RestoreOrder
    var observation: RestoreObservation
    /// What each node is restored from; a node for which nothing fits has no case.
    var chosen: [String: NodeCase]

    private var targets: Set<String> { Set(order.nodes.map(\.node)) }

    func cases() -> [SubscriptionCase] {
        observation.links.compactMap { link in
            let reads = link.subscriber.node.flatMap { chosen[$0] }
            let writes = link.provider.node.flatMap { chosen[$0] }
            let verdict: Verdict
            let owner: String
            switch (reads, writes) {
            case (let reader?, let writer?):
                verdict = between(link, reader: reader, writer: writer)
                owner = reader.node.node
            case (let reader?, nil):
                guard !link.isWritten(by: targets) else { return nil }
                verdict = inbound(link, reader)
                owner = reader.node.node
            case (nil, let writer?):
                guard !link.isRead(by: targets) else { return nil }
                verdict = outbound(link, writer)
                owner = writer.node.node
            case (nil, nil): return nil
            }
            return SubscriptionCase(
                node: owner, subscription: link.subscription.name, provider: link.provider.peer.label,
                subscriber: link.subscriber.peer.label, exactness: verdict.exactness, reason: verdict.reason)
        }
    }

    struct Verdict: Equatable {
        var exactness: SubscriptionCase.Exactness
        var reason: String

        static func exact(_ reason: String) -> Verdict { Verdict(exactness: .exact, reason: reason) }
        static func early(_ reason: String) -> Verdict { Verdict(exactness: .early, reason: reason) }
        static func diverges(_ reason: String) -> Verdict { Verdict(exactness: .diverges, reason: reason) }
    }

    /// From a living provider to a restored node: its slot is kept, and the restored data say from where to go on.
    private func inbound(_ link: ReplicationLink, _ c: NodeCase) -> Verdict {
        let (from, to) = (link.provider.peer.label, c.node.node)
        if !link.subscription.isSynchronized {
            return .diverges("\(to) lacks rows of tables whose first copy was not finished")
        }
        guard isLatest(c) else {
            if let label = heldFor(link, c) {
                return .exact("\(from) kept a slot for backup \(label), and goes on from where \(to) then was")
            }
            return .diverges(
                "\(to) will lack what \(from) committed after \(order.target.described), since \(from) does not keep "
                    + "for it what it had confirmed")
        }
        if c.isOwnBackup {
            if c.node.server != nil { return .exact("\(from) keeps its slot, and \(to) ends where it had got to") }
            if c.node.unarchivedWAL?.loss != nil {
                return .diverges("\(to) will lack what it had confirmed to \(from) and lost with its WAL")
            }
            return link.replication.positionsSurviveRecovery
                ? .exact("\(from) keeps its slot, and the WAL of \(to) tells how far it had got")
                : .early("how far \(to) had got is not known, so \(from) sends again from where its slot stands")
        }
        guard let source = source(of: c) else {
            return .diverges("\(to) becomes a copy of another database, which knows nothing of \(from)")
        }
        guard c.chosen?.marker != nil || targets.contains(source) else {
            return .diverges(
                "\(to) will lack rows of \(from): the archive of \(source) ends before where the slot on \(from) stands, "
                    + "and the server of \(source) cannot be asked to go on")
        }
        if link.provider.node == source {
            return .exact("\(to) gets the end of \(source)'s WAL, and goes on from there")
        }
        guard let same = c.node.sourceLinks.first(where: { $0.hasSameProvider(as: link) }),
            same.subscription.isEnabled
        else {
            return .diverges("\(to) will lack rows of \(from), which \(source) does not subscribe to in the same way")
        }
        return .exact("\(source) has what \(from) wrote, and tells how far")
    }

    /// From a restored node to a living subscriber: it has a new slot, so that only what is written from then on moves.
    private func outbound(_ link: ReplicationLink, _ c: NodeCase) -> Verdict {
        let (from, to) = (c.node.node, link.subscriber.peer.label)
        if order.isCreation == true { return .exact("nobody has written on \(from) before \(to) subscribes to it") }
        guard isLatest(c) else {
            return .diverges(
                "\(to) keeps what \(from) wrote after \(order.target.described), and \(from) will not have it")
        }
        guard c.node.server != nil else {
            return .diverges("the last commits of \(from) may not have reached \(to) before its server ended")
        }
        if !link.subscription.isEnabled {
            return .diverges("\(to) will never get what its disabled subscription has not read yet")
        }
        if c.node.replication?.isSilent(link.subscriber.peer) ?? false {
            return .diverges("\(to) will lack what it has not read yet, since it does not answer")
        }
        if c.node.idleSlots.contains(link.slot) {
            return .diverges("\(to) will lack what it has not read yet, since nobody reads from slot \(link.slot)")
        }
        guard !c.isOwnBackup else { return .exact("\(to) has everything before \(from) is stopped") }
        guard let source = source(of: c) else {
            return .diverges("\(to) keeps the rows of \(from) that the other database does not have")
        }
        guard gets(source, whatIsWrittenOn: from, sets: link.subscription.sets) else {
            return .diverges("\(from) will lack rows of its own that \(to) has and \(source) does not subscribe to")
        }
        if forwards(link, c) {
            return .diverges("\(to) will lack changes of others that \(from) would have handed on to it")
        }
        return .exact("\(to) and \(source) have everything before \(from) is stopped")
    }

    /// Between two restored nodes: both are fenced, so that a new slot loses nothing when they hold the same.
    private func between(_ link: ReplicationLink, reader: NodeCase, writer: NodeCase) -> Verdict {
        let (from, to) = (writer.node.node, reader.node.node)
        if reader.chosen?.set.backup.label == writer.chosen?.set.backup.label,
            reader.chosen?.book.identity == writer.chosen?.book.identity,
            !isLatest(reader) || source(of: reader) == source(of: writer)
        {
            return .exact("both are restored from one backup to one moment")
        }
        if writer.nodeOrder.point != nil, reader.nodeOrder.point?.settled?.contains(link.id) == true {
            return .exact("both go back to where \(to) had everything that \(from) had written")
        }
        guard isLatest(reader), isLatest(writer) else {
            return .diverges("\(from) and \(to) are restored from different sources, and differ in what was under way")
        }
        guard reader.node.server != nil, writer.node.server != nil, !writer.node.idleSlots.contains(link.slot),
            link.subscription.isEnabled
        else { return .diverges("\(to) will lack what \(from) wrote and it had not received") }
        guard
            reader.isOwnBackup || source(of: reader) == from
                || source(of: reader).map({ gets($0, whatIsWrittenOn: from, sets: link.subscription.sets) }) ?? false
        else { return .diverges("\(to) will lack rows of \(from) that its source does not subscribe to") }
        return .exact("each has everything of the other before both are stopped")
    }

    /// The backup for which the provider of an inbound subscription kept a slot, when that is the one that is restored.
    private func heldFor(_ link: ReplicationLink, _ c: NodeCase) -> String? {
        guard c.isOwnBackup, link.replication.positionsSurviveRecovery, let label = c.chosen?.set.backup.label,
            c.node.heldSlots.contains(HoldingSlots.name(label: label, node: c.node.node, slot: link.slot))
        else { return nil }
        return label
    }

    /// Whether the node is brought to the end of what its source writes now.
    private func isLatest(_ c: NodeCase) -> Bool {
        guard order.target == .latest, let chosen = c.chosen else { return false }
        // What a node wrote while its backups were off is in no archive.
        guard !c.isOwnBackup || c.node.backups == BackupState.on.rawValue else { return false }
        return chosen.book.reference == c.nodeOrder.books.first
    }

    /// The node whose backup it is; nil for another database's.
    private func source(of c: NodeCase) -> String? {
        guard let reference = c.chosen?.book.reference, reference.databaseID == order.databaseID else { return nil }
        return reference.node
    }

    private func gets(_ source: String, whatIsWrittenOn node: String, sets: [String]) -> Bool {
        if source == node { return true }
        return observation.links.contains { link in
            link.provider.node == node && link.subscriber.node == source && link.subscription.isEnabled
                && Set(link.subscription.sets).isSuperset(of: sets)
        }
    }

    /// Whether the subscriber gets changes of third parties through the node.
    private func forwards(_ link: ReplicationLink, _ c: NodeCase) -> Bool {
        guard link.subscription.forwards,
            let part = c.node.replication?.inventory.part(link.provider.database, link.kind)
        else { return false }
        guard link.kind == .native else { return !part.subscriptions.isEmpty }
        let received = Set(part.subscriptions.flatMap(\.tables))
        return part.sets.contains { set in
            link.subscription.sets.contains(set.name)
                && (set.allTables
                    ? !received.isEmpty
                    : set.tables.contains { received.contains($0.relation) }
                        || received.contains { set.schemas.contains($0.schema) })
        }
    }
}
