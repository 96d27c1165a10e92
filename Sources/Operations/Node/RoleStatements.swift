import Postgres
import Spec

/// The SQL that makes the roles of a spec. Passwords arrive as SCRAM verifiers, so no server log holds one.
enum RoleStatements {
    /// Makes a role, or gives an existing one the spec's attributes and password.
    ///
    /// A user with a password may log in unless the spec says NOLOGIN. Throws `role-attribute` (65).
    static func role(_ user: DatabaseUser, verifier: String?, exists: Bool) throws -> String {
        var words = try user.attributes.map { attribute in
            // Anything else would be SQL of whoever wrote the spec.
            guard let word = RoleAttributes.normalized(attribute) else {
                throw OperationError(
                    .invalidInput, code: "role-attribute",
                    "user \(user.username) has the attribute \(attribute.debugDescription), which is none",
                    hint: "use any of \(RoleAttributes.words.joined(separator: ", "))")
            }
            return word
        }
        if verifier != nil, !words.contains("LOGIN"), !words.contains("NOLOGIN") { words.append("LOGIN") }
        if let verifier { words.append("PASSWORD \(SQL.literal(verifier))") }
        let verb = exists ? "ALTER" : "CREATE"
        return ([verb, "ROLE", SQL.identifier(user.username)] + words).joined(separator: " ")
    }

    /// Makes the role a member of the others that the spec names.
    static func memberships(_ user: DatabaseUser) -> [String] {
        user.roles.map { "GRANT \(SQL.identifier($0)) TO \(SQL.identifier(user.username))" }
    }
}
