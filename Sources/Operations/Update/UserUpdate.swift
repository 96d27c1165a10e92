import Postgres
import Spec

/// Makes and alters the spec's users on one node, and gives the database to its owner.
struct UserUpdate {
    var update: NodeUpdate

    func run() async throws {
        guard update.has(.createUser, .alterUser, .owner) else { return }
        let node = update.node
        let names = update.subjects(.createUser, .alterUser)
        let users = update.wanted.users.filter { names.contains($0.username) }
        if !users.isEmpty {
            update.say("making and altering users: \(names.joined(separator: ", "))")
            try await update.tools.ensureRoles(of: node, users: users)
        }
        let before = update.present.users
        let name = node.databaseName
        try await update.tools.withConnection(to: node.primary, of: node) { connection in
            for user in users {
                guard let old = before.first(where: { $0.username == user.username }) else { continue }
                let difference = UserDifference(old, user)
                let words = difference.reversals(of: user)
                if !words.isEmpty {
                    try await connection.execute(
                        "ALTER ROLE \(SQL.identifier(user.username)) \(words.joined(separator: " "))")
                }
                for role in difference.droppedRoles {
                    try await connection.execute(
                        "REVOKE \(SQL.identifier(role)) FROM \(SQL.identifier(user.username))")
                }
            }
            if let owner = update.subjects(.owner).first {
                try await connection.execute(
                    "ALTER DATABASE \(SQL.identifier(name)) OWNER TO \(SQL.identifier(owner))")
            }
        }
    }
}
