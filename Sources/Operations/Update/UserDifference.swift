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
        let (before, after) = (present.attributes.map { $0.uppercased() }, wanted.attributes.map { $0.uppercased() })
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
        let kept = Set(wanted.attributes.map { $0.uppercased() })
        return droppedAttributes.compactMap { attribute in
            switch attribute {
            case "NOINHERIT": return kept.contains("INHERIT") ? nil : "INHERIT"
            case "LOGIN": return wanted.password != nil || kept.contains("NOLOGIN") ? nil : "NOLOGIN"
            case "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS":
                return kept.contains("NO\(attribute)") ? nil : "NO\(attribute)"
            // The others are what a role has by itself.
            default: return nil
            }
        }
    }
}
