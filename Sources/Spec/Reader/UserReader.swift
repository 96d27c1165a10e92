/// Reads `database_users`.
enum UserReader {
    static func read(_ items: [Item]) -> [DatabaseUser] {
        items.refuseRepeated("users") { $0["username"] }
        for (index, owner) in items.compactMap({ $0["db_owner"] }).filter({ $0.boolean == true }).enumerated()
        where index > 0 {
            owner.refuse("only one user can own the database", hint: "keep db_owner with one of them")
        }
        return items.map(user)
    }

    private static func user(_ item: Item) -> DatabaseUser {
        var attributes: [String] = []
        for element in item.list("attributes") {
            guard let attribute = element.text.flatMap(RoleAttributes.normalized) else { continue }
            let subject = RoleAttributes.subject(attribute)
            if let other = attributes.first(where: { RoleAttributes.subject($0) == subject }) {
                element.refuse("\(attribute) and \(other) cannot stand together", hint: "keep one of them")
            }
            attributes.append(attribute)
        }
        return DatabaseUser(
            username: item["username"]?.text ?? "", password: item["password"]?.secret,
            isOwner: item["db_owner"]?.boolean ?? false, attributes: attributes, roles: item["roles"]?.texts ?? [])
    }
}
