import Failures
import Postgres

/// A node's database at one moment: whatever is read through it, by however many sessions, belongs to that moment.
struct NodeSnapshot: Sendable {
    let node: String
    private let parameters: ConnectionParameters
    private let leader: Connection
    private let identifier: String

    private static let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    static func take(of node: String, _ parameters: ConnectionParameters) async throws -> NodeSnapshot {
        let leader = try await Connection.open(parameters)
        do {
            try await leader.execute(begin)
            guard let identifier = try await leader.value("SELECT pg_export_snapshot()") else {
                throw OperationError(.defect, code: "no-snapshot", "\(node) exported no snapshot")
            }
            return NodeSnapshot(node: node, parameters: parameters, leader: leader, identifier: identifier)
        } catch {
            await leader.close()
            throw error
        }
    }

    /// A session that sees this moment; the caller closes it.
    func join() async throws -> Connection {
        let connection = try await Connection.open(parameters)
        do {
            try await connection.execute(Self.begin)
            try await connection.execute("SET TRANSACTION SNAPSHOT \(SQL.literal(identifier))")
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    func release() async { await leader.close() }
}
