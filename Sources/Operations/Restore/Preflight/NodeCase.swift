import PgBackRest
import TargetTime

/// One node of a restore as the checks look at it: what was asked, what was seen, and the set that was chosen.
struct NodeCase: Sendable {
    var order: RestoreOrder
    var nodeOrder: NodeOrder
    var node: NodeObservation
    var neighbours: [NeighbourDirectory]
    var now: Instant
    var choice: Result<SetChoice, SetProblem>

    init(
        order: RestoreOrder, nodeOrder: NodeOrder, node: NodeObservation, neighbours: [NeighbourDirectory], now: Instant
    ) {
        let order = order.narrowed(to: nodeOrder.node)
        self.order = order
        self.nodeOrder = nodeOrder
        self.node = node
        self.neighbours = neighbours
        self.now = now
        choice = SetChooser(order: order, now: now).choose(from: node.books)
    }

    /// The book and the set that are restored; nil when none fits.
    var chosen: (book: BookObservation, set: BackupSetLine, marker: String?)? {
        guard case .success(let choice) = choice else { return nil }
        return (node.books[choice.bookIndex], choice.set, choice.marker)
    }

    /// The chosen set with its tablespaces and links, when it was looked at more closely.
    var chosenDetail: BackupSet? {
        guard let chosen, let detail = chosen.book.chosenSetDetail, detail.label == chosen.set.backup.label else {
            return nil
        }
        return detail
    }

    /// Whether the backup is of this very node and not of another one.
    var isOwnBackup: Bool {
        guard let reference = chosen?.book.reference else { return nodeOrder.sourceNode == node.node }
        return reference.node == node.node && reference.databaseID == order.databaseID
    }

    /// Whether a cluster is in the data directory that could be read.
    var hasReadableCluster: Bool {
        if case .cluster = node.dataDirectory.state { true } else { false }
    }

    func passed(_ name: CheckName, _ detail: String) -> CheckResult {
        CheckResult(name: name.rawValue, node: node.node, result: .passed, detail: detail)
    }

    func warning(_ name: CheckName, _ detail: String, hint: String? = nil) -> CheckResult {
        CheckResult(name: name.rawValue, node: node.node, result: .warning, detail: detail, hint: hint)
    }

    func refused(_ name: CheckName, _ detail: String, hint: String? = nil) -> CheckResult {
        CheckResult(name: name.rawValue, node: node.node, result: .refused, detail: detail, hint: hint)
    }

    func consent(_ consent: ConsentName, _ name: CheckName, _ detail: String, hint: String? = nil) -> CheckResult {
        CheckResult(
            name: name.rawValue, node: node.node, result: .consent, detail: detail,
            hint: hint ?? "if that is meant: --consent \(consent.rawValue)", consent: consent.rawValue)
    }
}
