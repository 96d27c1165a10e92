import PositionedJSON

/// One change of a database's spec, or of what runs, and exactly what has to be different afterwards.
struct SpecChange: Sendable {
    /// What becomes of a fact.
    enum Fact: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        /// It has this value.
        case value(String)
        /// It has a value that holds this.
        case holds(String)
        /// It has another value than before.
        case another
        /// It is not there any more.
        case gone

        init(stringLiteral value: String) { self = .value(value) }

        /// What is wrong with the value that was found; nil when nothing is.
        func complaint(_ found: String?) -> String? {
            switch (self, found) {
            case (.value(let wanted), let found?) where found == wanted: nil
            case (.holds(let part), let found?) where found.contains(part): nil
            case (.another, .some): nil
            case (.gone, nil): nil
            default: "is \(found ?? "gone"), expected \(self)"
            }
        }
    }

    let name: String
    /// The actions that it comes to, in the order in which they are done.
    let actions: [String]
    /// Every fact that changes; all others stay as they were. A name that ends in `*` stands for all facts that begin so.
    let facts: [String: Fact]
    /// The point of `db update` at which it is killed before it is run again.
    var killedAt: String?
    /// What is done behind pgstanza's back before.
    var drift: (@Sendable (UpdateBench) async throws -> Void)?
    /// What else is to be seen afterwards.
    var check: (@Sendable (UpdateBench) async throws -> Void)?
    /// Changes the spec.
    let change: @Sendable (inout JSONTree) -> Void

    init(
        _ name: String, _ actions: [String], _ facts: [String: Fact], killedAt: String? = nil,
        change: @escaping @Sendable (inout JSONTree) -> Void = { _ in }
    ) {
        self.name = name
        self.actions = actions
        self.facts = facts
        self.killedAt = killedAt
        self.change = change
    }

    /// The same after something was done behind pgstanza's back.
    func after(_ drift: @escaping @Sendable (UpdateBench) async throws -> Void) -> SpecChange {
        var changed = self
        changed.drift = drift
        return changed
    }

    /// The same with something else to be seen afterwards.
    func showing(_ check: @escaping @Sendable (UpdateBench) async throws -> Void) -> SpecChange {
        var changed = self
        changed.check = check
        return changed
    }
}

extension SpecChange {
    /// What is wrong with the facts that changed: another value than expected, none, or a change that was not asked for.
    func complaints(_ found: [String: String?], _ before: DatabaseState) -> [String] {
        var complaints: [String] = []
        for (name, value) in found {
            guard
                let expected = facts[name]
                    ?? facts.first(where: { $0.key.last == "*" && name.hasPrefix($0.key.dropLast()) })?.value
            else {
                complaints.append("\(name) was \(before.facts[name] ?? "not there"), and is \(value ?? "gone")")
                continue
            }
            if let complaint = expected.complaint(value) { complaints.append("\(name) \(complaint)") }
        }
        for name in facts.keys
        where !found.keys.contains(where: { $0 == name || name.last == "*" && $0.hasPrefix(name.dropLast()) }) {
            complaints.append("\(name) stayed \(before.facts[name] ?? "as it was")")
        }
        return complaints.sorted()
    }
}

extension Dictionary where Key == String, Value == SpecChange.Fact {
    /// Both together.
    static func + (left: Self, right: Self) -> Self { left.merging(right) { $1 } }
}
