import Catalog
import FoundationEssentials
import Operations
import PositionedJSON
import Spec

/// A plan in a file: the plan, and the repository of its request when that is not one of the spec's.
enum RestorePlanFile {
    private struct Document: Codable {
        var plan: RestorePlan
        var fingerprint: String
        var repository: JSONTree?
    }

    /// Throws `secret-in-plan` (73): a plan is shown and passed on, and may not hold a key.
    static func write(_ plan: RestorePlan, to path: String, repository: Repository?) throws {
        if repository?.holdsLiteralSecret == true {
            throw CommandsError(
                .refused, code: "secret-in-plan",
                "the repository of the request holds a key itself, and a plan in a file must not",
                hint: "write the key as {\"file\": \"/path\"} or {\"env\": \"NAME\"}")
        }
        let document = Document(plan: plan, fingerprint: plan.fingerprint, repository: repository?.tree)
        try StateDocument.write(document, to: path)
    }

    /// Throws `plan-damaged` (65) for a file that is no plan, or whose plan was changed by hand.
    static func read(_ path: String) throws -> (plan: RestorePlan, repository: Repository?) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(try InputFiles.read(path)))
        } catch let error as DecodingError {
            throw damaged(path, "it is not a plan that --save-plan wrote (\(Self.reason(error)))")
        }
        guard document.plan.format == RestorePlan.currentFormat else {
            throw damaged(path, "its format \(document.plan.format) is not one of this version")
        }
        guard document.plan.fingerprint == document.fingerprint else {
            throw damaged(path, "its fingerprint is not that of its content")
        }
        let repository = try document.repository.map {
            try SpecReader.readRepository(Array($0.text(pretty: false).utf8), file: path)
        }
        return (document.plan, repository)
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .dataCorrupted: "it is not JSON"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is of another kind"
        @unknown default: "it cannot be read"
        }
    }

    private static func damaged(_ path: String, _ reason: String) -> CommandsError {
        CommandsError(
            .invalidInput, code: "plan-damaged", "\(path) cannot be applied: \(reason)",
            hint: "make a new one: pgstanza restore ID … --save-plan FILE")
    }
}
