import Failures

/// Does one thing for several nodes at the same time.
enum SideBySide {
    /// Runs `body` for every node and gives the results in the order of `nodes`.
    ///
    /// One node's failure does not stop the others. Throws that failure, or `several-failed` when there are more, with
    /// the class of the first; `CancellationError` when the task was cancelled.
    static func run<Node: Sendable, Result: Sendable>(
        _ nodes: [Node], name: @Sendable (Node) -> String, _ body: @escaping @Sendable (Node) async throws -> Result
    ) async throws -> [Result] {
        var outcomes: [Int: Swift.Result<Result, any Error>] = [:]
        await withTaskGroup(of: (Int, Swift.Result<Result, any Error>).self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask {
                    do { return (index, .success(try await body(node))) } catch { return (index, .failure(error)) }
                }
            }
            for await (index, outcome) in group { outcomes[index] = outcome }
        }
        try Task.checkCancellation()
        let failures = nodes.indices.compactMap { index -> (String, any Error)? in
            if case .failure(let error)? = outcomes[index] { (name(nodes[index]), error) } else { nil }
        }
        if let first = failures.first {
            if failures.count == 1 || first.1 is CancellationError { throw first.1 }
            throw combined(failures)
        }
        return try nodes.indices.compactMap { try outcomes[$0]?.get() }
    }

    private static func combined(_ failures: [(String, any Error)]) -> OperationError {
        let lines = failures.map { name, error -> String in
            let failure = error as? any Failure
            return "\(name): \(failure?.message ?? "\(error)")" + (failure?.hint.map { " (\($0))" } ?? "")
        }
        let first = failures[0].1 as? any Failure
        return OperationError(
            first?.kind ?? .operation, code: "several-failed",
            "\(failures.count) nodes failed: \(failures.map(\.0).joined(separator: ", "))", details: lines,
            underlying: failures[0].1)
    }
}
