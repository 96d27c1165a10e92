import Foundation
import PositionedJSON
import Testing

/// A running node with a writer on it, and what it looked like: for restores that must be refused with nothing changed.
struct Untouched: Sendable {
    let shop: Shop
    let primary: Instance
    let writer: Writer
    let before: InstanceState

    /// Starts the writer, waits until it is at work and notes what is there.
    init(_ shop: Shop, node: String = "n1") async throws {
        self.shop = shop
        primary = try shop.primary(node)
        writer = try await primary.startWriter()
        try await writer.waitForCommits(5)
        before = try await InstanceState.of(primary)
    }

    /// Asks for a restore, which must be refused with this exit code and check name, in words that hold all of `words`.
    ///
    /// Asked twice, as plan and as restore; nothing may have changed after each. Returns the error's text.
    @discardableResult
    func expectRefusal(
        _ arguments: [String], exit status: Int32 = 73, code: String? = nil, check: String, saying words: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> String {
        let restore = ["restore", shop.id] + arguments
        let result = try await shop.box.pgstanza(restore + ["--yes", "--json"], environment: environment).expect(
            exit: status)
        #expect(result.output == "", "\(arguments)")
        let error = try #require(try result.jsonError()["error"])
        #expect(error["code"]?.stringValue == code ?? check, "\(arguments): \(result.errorOutput)")
        let text = (error["message"]?.stringValue ?? "") + "\n" + (error["hint"]?.stringValue ?? "")
        for word in words { #expect(text.contains(word), "\(word) is not in what \(arguments) says: \(text)") }
        #expect(error["hint"]?.stringValue?.isEmpty == false, "\(arguments) gives no hint: \(text)")

        let plan = try await shop.box.pgstanza(restore + ["--plan", "--json"], environment: environment)
        if plan.exitCode == 0 || !plan.output.isEmpty {
            let checks = try plan.json()["checks"]?.arrayValue ?? []
            let refused = checks.contains {
                $0["name"]?.stringValue == check
                    && $0["result"]?.stringValue == (code == nil ? "refused" : "consent")
            }
            #expect(refused, "the plan for \(arguments) has no refused check \(check): \(plan.output)")
        }
        #expect(try await InstanceState.of(primary) == before, "\(arguments)")
        return text
    }

    /// The writer never saw an error, and its commits are there.
    func finish() async throws {
        let count = writer.acknowledged().count
        try await writer.waitForCommits(count + 5)
        let acknowledged = try await writer.stop()
        #expect(writer.errors() == "")
        #expect(Set(try await writer.rows()).isSuperset(of: acknowledged))
    }
}

extension String {
    /// It names a moment, such as the nearest one that can be restored to.
    var namesAnInstant: Bool { contains(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/) }
}
