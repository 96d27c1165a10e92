/// Options that were given and have no effect with this kind of target.
enum OptionChecks {
    static func options(_ c: NodeCase) -> [CheckResult] {
        var idle: [String] = []
        if c.order.isExclusive {
            switch c.order.target {
            case .time, .lsn, .xid: break
            case .latest, .immediate, .name: idle.append("target-exclusive")
            }
        }
        if c.order.targetTimeline != nil, c.order.target == .immediate { idle.append("target-timeline") }
        guard !idle.isEmpty else { return [c.passed(.options, "every option has an effect")] }
        return idle.map { c.warning(.options, "\($0) has no effect with --type \(c.order.target.typeName)") }
    }
}
