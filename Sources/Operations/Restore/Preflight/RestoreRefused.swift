import Failures

/// A restore that preflight does not let begin: every refusal, and every consent that was not given.
public struct RestoreRefused: Failure {
    public let kind: FailureKind
    public let code: String
    public let message: String
    public let hint: String?
    public let details: [String]

    /// nil when nothing stands in the way of a restore with these consents.
    public init?(_ result: PreflightResult, consents: Set<String>) {
        self.init(checks: result.checks, consents: consents)
    }

    /// The same from the checks that a plan keeps.
    public init?(checks: [CheckResult], consents: Set<String>) {
        let refusals = checks.filter { $0.result == .refused }
        let missing = checks.filter { check in
            check.result == .consent && !(check.consent.map(consents.contains) ?? false)
        }
        if let first = refusals.first {
            kind = CheckName(rawValue: first.name)?.refusalKind ?? .refused
            code = first.name
            message = Self.sentence(first)
            hint = first.hint
            details = Self.lines(Array(refusals.dropFirst()) + missing)
        } else if let first = missing.first {
            kind = .refused
            code = first.consent ?? first.name
            message = "consent is needed: " + Self.sentence(first)
            hint = first.hint
            details = Self.lines(Array(missing.dropFirst()))
        } else {
            return nil
        }
    }

    private static func sentence(_ check: CheckResult) -> String {
        check.node.map { "\($0): \(check.detail)" } ?? check.detail
    }

    private static func lines(_ checks: [CheckResult]) -> [String] {
        checks.flatMap { check in
            ["\(check.result == .consent ? "consent is needed" : "also refused"): \(sentence(check))"]
                + (check.hint.map { ["hint: \($0)"] } ?? [])
        }
    }
}
