import Failures

/// Does one thing for several nodes at the same time.
enum SideBySide {
    /// What became of several nodes.
    struct Outcome<Result: Sendable>: Sendable {
        /// In the order of the nodes, without those that failed.
        var results: [Result]
        /// The one failure, or `several-failed` when there are more, with the class of the first.
        var failure: (any Error)?
    }

    /// Runs `body` for every node and gives the results in the order of `nodes`.
    ///
    /// One node's failure does not stop the others; it is thrown when they have ended.
    static func run<Node: Sendable, Result: Sendable>(
        _ nodes: [Node], name: @Sendable (Node) -> String, _ body: @escaping @Sendable (Node) async throws -> Result
    ) async throws -> [Result] {
        let outcome = await outcome(nodes, name: name, body)
        if let failure = outcome.failure { throw failure }
        return outcome.results
    }

    /// The same, with what came of the nodes that did not fail.
    static func outcome<Node: Sendable, Result: Sendable>(
        _ nodes: [Node], name: @Sendable (Node) -> String, _ body: @escaping @Sendable (Node) async throws -> Result
    ) async -> Outcome<Result> {
        var outcomes: [Int: Swift.Result<Result, any Error>] = [:]
        await withTaskGroup(of: (Int, Swift.Result<Result, any Error>).self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask {
                    do { return (index, .success(try await body(node))) } catch { return (index, .failure(error)) }
                }
            }
            for await (index, outcome) in group { outcomes[index] = outcome }
        }
        var results: [Result] = []
        var failures: [(String, any Error)] = []
        for (index, node) in nodes.enumerated() {
            switch outcomes[index] {
            case .success(let result)?: results.append(result)
            case .failure(let error)?: failures.append((name(node), error))
            case nil: break
            }
        }
        return Outcome(results: results, failure: combined(failures))
    }

    /// One error out of those of several nodes; nil when there is none.
    static func combined(_ failures: [(name: String, error: any Error)]) -> (any Error)? {
        guard let first = failures.first else { return nil }
        if failures.count == 1 { return first.error }
        // Whatever else went wrong, it did so because the whole was given up.
        if let cancellation = failures.first(where: { $0.error is CancellationError }) { return cancellation.error }
        let lines = failures.flatMap { name, error -> [String] in
            let failure = error as? any Failure
            return ["\(name): \(failure?.message ?? "\(error)")" + (failure?.hint.map { " (\($0))" } ?? "")]
                + (failure?.details ?? []).map { "  \($0)" }
        }
        return OperationError(
            (first.error as? any Failure)?.kind ?? .operation, code: "several-failed",
            "\(failures.count) nodes failed: \(failures.map(\.name).joined(separator: ", "))",
            hint: "mend what is said of each of them, then run the same again", details: lines, underlying: first.error)
    }
}
