import Spec

/// What one user of two specs differs in.
struct UserDifference: Equatable {
    /// The spec gives another password.
    var changesPassword = false
    /// Attributes that are new, upper case.
    var addedAttributes: [String] = []
    /// Attributes that are gone, upper case.
    var droppedAttributes: [String] = []
    var addedRoles: [String] = []
    var droppedRoles: [String] = []

    init(_ present: DatabaseUser, _ wanted: DatabaseUser) {
        changesPassword = wanted.password != nil && present.password != wanted.password
        let (before, after) = (Self.normalized(present.attributes), Self.normalized(wanted.attributes))
        addedAttributes = after.filter { !before.contains($0) }
        droppedAttributes = before.filter { !after.contains($0) }
        addedRoles = wanted.roles.filter { !present.roles.contains($0) }
        droppedRoles = present.roles.filter { !wanted.roles.contains($0) }
    }

    var isNothing: Bool {
        !changesPassword && addedAttributes.isEmpty && droppedAttributes.isEmpty && addedRoles.isEmpty
            && droppedRoles.isEmpty
    }

    /// For people, such as `password, +CREATEDB, -member of staff`.
    var described: String {
        var parts: [String] = []
        if changesPassword { parts.append("password") }
        parts += addedAttributes.map { "+\($0)" } + droppedAttributes.map { "-\($0)" }
        parts += addedRoles.map { "+member of \($0)" } + droppedRoles.map { "-member of \($0)" }
        return parts.joined(separator: ", ")
    }

    /// What takes the dropped attributes away again, as `CREATE ROLE` would have it without them: `NOCREATEDB` for
    /// `CREATEDB`. What the spec's other attributes, or a password, ask for stays.
    func reversals(of wanted: DatabaseUser) -> [String] {
        let kept = Set(Self.normalized(wanted.attributes).map(RoleAttributes.subject))
        return droppedAttributes.compactMap { attribute in
            let subject = RoleAttributes.subject(attribute)
            guard !kept.contains(subject) else { return nil }
            switch (subject, attribute) {
            case ("CONNECTION", _): return "CONNECTION LIMIT -1"
            case ("VALID", _): return "VALID UNTIL 'infinity'"
            case (_, "NOINHERIT"): return "INHERIT"
            case (_, "LOGIN"): return wanted.password != nil ? nil : "NOLOGIN"
            case (_, "SUPERUSER"), (_, "CREATEDB"), (_, "CREATEROLE"), (_, "REPLICATION"), (_, "BYPASSRLS"):
                return "NO\(attribute)"
            // The others are what a role has by itself.
            default: return nil
            }
        }
    }

    private static func normalized(_ attributes: [String]) -> [String] {
        attributes.map { RoleAttributes.normalized($0) ?? $0 }
    }
}
