import Operations
import PositionedJSON

/// A plan as `restore --plan` prints it.
struct RestorePlanText {
    let plan: RestorePlan

    init(_ plan: RestorePlan) { self.plan = plan }

    var document: JSONTree {
        .object([
            "fingerprint": .string(plan.fingerprint), "database": .string(plan.order.databaseID),
            "nodes": .array(plan.nodeNames.map { .string($0) }),
            "target": .string(
                plan.order.target.argument == nil ? plan.order.target.typeName : plan.order.target.described),
            "target_type": .string(plan.order.target.typeName),
            "undoes": JSONTree(plan.order.undoes),
            "sources": .array(plan.sources.map(source)),
            "checks": .array(plan.checks.map(check)),
            "refusals": .array(plan.refusals.map(check)),
            "consents": .array(plan.consentsNeeded.map(check)),
            "subscriptions": .array(plan.subscriptions.map(subscription)),
            "steps": .array(plan.steps.map(step)),
            "commands": .array(plan.commands.map { .string($0) }),
            "expected_bytes": .integer(plan.expectedBytes),
            "expected_seconds": .number(plan.expectedSeconds),
        ])
    }

    private func check(_ check: CheckResult) -> JSONTree {
        .object([
            "name": .string(check.name), "node": JSONTree(check.node), "result": .string(check.result.rawValue),
            "detail": .string(check.detail), "hint": JSONTree(check.hint), "consent": JSONTree(check.consent),
        ])
    }

    private func subscription(_ subscription: SubscriptionCase) -> JSONTree {
        .object([
            "node": .string(subscription.node), "subscription": .string(subscription.subscription),
            "provider": .string(subscription.provider), "subscriber": .string(subscription.subscriber),
            "case": .string(subscription.exactness.rawValue), "reason": .string(subscription.reason),
        ])
    }

    private func source(_ source: ChosenSource) -> JSONTree {
        .object([
            "node": .string(source.node), "source_node": .string(source.book.node),
            "repository": .string(source.book.repositoryName), "label": .string(source.label),
            "type": .string(source.setType), "stopped_at": JSONTree(source.setStopped),
            "timeline": JSONTree(source.timeline.map { Int($0) }), "bytes": .integer(source.bytes),
        ])
    }

    private func step(_ step: PlannedStep) -> JSONTree {
        .object([
            "number": .integer(Int64(step.number)), "name": .string(step.name),
            "actions": .array(
                step.actions.map {
                    .object(["node": .string($0.node), "action": .string($0.action), "detail": .string($0.detail)])
                }),
        ])
    }

    var lines: [String] {
        var lines = [
            "Restore of \(plan.order.databaseID): \(plan.nodeNames.joined(separator: ", ")) to \(plan.order.target.described)"
        ]
        for source in plan.sources {
            lines.append(
                "  \(source.node) from backup \(source.label) (\(source.setType), ended \(source.setStopped.iso8601)) "
                    + "of \(source.book.node) in repository \(source.book.repositoryName), "
                    + NumberText.bytes(source.bytes))
        }
        if let undone = plan.order.undoes { lines.append("  to the moment before restore \(undone)") }
        lines += ["", "Steps"]
        for step in plan.steps {
            lines.append("  \(step.number) \(step.name)")
            for action in step.actions { lines.append("      \(action.node)  \(action.detail)") }
        }
        if !plan.subscriptions.isEmpty { lines += ["", "Subscriptions"] }
        for subscription in plan.subscriptions {
            lines.append("  \(subscription.exactness.rawValue)  \(subscription.name): \(subscription.reason)")
        }
        let notable = plan.checks.filter { $0.result != .passed }
        lines += ["", "Checks: \(plan.checks.count - notable.count) passed"]
        for check in notable {
            let label =
                switch check.result {
                case .passed: "passed"
                case .warning: "warning"
                case .consent: "consent \(check.consent ?? "")"
                case .refused: "REFUSED"
                }
            lines.append("  \(label): \(check.node.map { "\($0): " } ?? "")\(check.detail)")
            if let hint = check.hint { lines.append("      hint: \(hint)") }
        }
        if !plan.commands.isEmpty { lines += ["", "The same by hand"] + plan.commands.map { "  \($0)" } }
        // Without a backup that fits nothing can be expected.
        let expected =
            plan.sources.isEmpty
            ? ""
            : "Expected: \(NumberText.bytes(plan.expectedBytes)), about "
                + "\(NumberText.duration(plan.expectedSeconds)). "
        return lines + ["", expected + "Fingerprint \(plan.fingerprint)."]
    }
}
