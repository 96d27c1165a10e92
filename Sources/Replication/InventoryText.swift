extension ReplicationInventory {
    /// One line for each thing in it, without positions and secrets; the same every time, so that two inventories can be
    /// compared, and fit for people.
    public var lines: [String] {
        databases.flatMap(\.lines) + slots.map { "logical slot \($0.name) (\($0.plugin)) in database \($0.database)" }
    }
}

extension DatabaseReplication {
    var lines: [String] {
        var lines: [String] = []
        if let identity {
            let interfaces = identity.interfaces.map(\.name).joined(separator: ", ")
            lines.append("\(provider.rawValue) node \(identity.name) in database \(database), interfaces \(interfaces)")
        }
        lines += sets.map { "\(provider.rawValue) \(setWord) \($0.line) in database \(database)" }
        lines += subscriptions.map {
            "\(provider.rawValue) subscription \($0.name) in database \(database): \($0.line)"
        }
        return lines
    }

    private var setWord: String { provider == .native ? "publication" : "replication set" }
}

extension ReplicationSet {
    fileprivate var line: String {
        let kinds = [("insert", insert), ("update", update), ("delete", delete), ("truncate", truncate)]
            .filter(\.1).map(\.0)
        var parts = ["\(name) (\(kinds.joined(separator: ", ")))"]
        if allTables { parts.append("all tables") }
        parts += schemas.map { "schema \($0)" }
        parts += tables.map { table in
            "\(table.relation)" + (table.columns.map { " (\($0.joined(separator: ", ")))" } ?? "")
                + (table.rowFilter.map { " where \($0)" } ?? "")
        }
        parts += sequences.map { "sequence \($0)" }
        return parts.joined(separator: "; ")
    }
}

extension ReplicationSubscription {
    fileprivate var line: String {
        var parts = [isEnabled ? "enabled" : "disabled"]
        if let providerNode { parts.append("from \(providerNode)") }
        parts.append("sets \(sets.joined(separator: ", "))")
        if let slot { parts.append("slot \(slot)") }
        if let interface, interface != providerNode { parts.append("interface \(interface)") }
        if forwards { parts.append("forwards \(forwardOrigins.joined(separator: ", "))") }
        parts += options.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return parts.joined(separator: ", ")
    }
}
