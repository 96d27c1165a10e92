import Postgres

/// Texts of the statements that make publications and subscriptions.
enum NativeStatements {
    /// `CREATE PUBLICATION` for the set, with those of its tables that `exist`.
    static func createPublication(_ set: ReplicationSet, tables: [ReplicatedTable]) -> String {
        var parts: [String] = []
        if set.allTables {
            parts = ["ALL TABLES"]
        } else {
            if !tables.isEmpty {
                parts.append("TABLE " + tables.map(table).joined(separator: ", "))
            }
            if !set.schemas.isEmpty {
                parts.append("TABLES IN SCHEMA " + set.schemas.map { SQL.identifier($0) }.joined(separator: ", "))
            }
        }
        let kinds = [
            ("insert", set.insert), ("update", set.update), ("delete", set.delete), ("truncate", set.truncate),
        ].filter(\.1).map(\.0)
        return "CREATE PUBLICATION \(SQL.identifier(set.name))"
            + (parts.isEmpty ? "" : " FOR " + parts.joined(separator: ", "))
            + " WITH (publish = \(SQL.literal(kinds.joined(separator: ", "))), "
            + "publish_via_partition_root = \(set.viaRoot))"
    }

    private static func table(_ table: ReplicatedTable) -> String {
        table.relation.quoted
            + (table.columns.map { " (" + $0.map { SQL.identifier($0) }.joined(separator: ", ") + ")" } ?? "")
            + (table.rowFilter.map { " WHERE (\($0))" } ?? "")
    }

    /// `CREATE SUBSCRIPTION`, disabled, with nothing copied and no slot made.
    static func createSubscription(_ subscription: ReplicationSubscription) -> String {
        var options = [
            "enabled = false", "create_slot = false", "copy_data = false",
            "slot_name = \(subscription.slot.map { SQL.literal($0) } ?? "NONE")",
        ]
        for (name, value) in subscription.options.sorted(by: { $0.key < $1.key }) where name != "owner" {
            options.append("\(SQL.identifier(name)) = \(SQL.literal(value))")
        }
        return "CREATE SUBSCRIPTION \(SQL.identifier(subscription.name)) "
            + "CONNECTION \(SQL.literal(subscription.dsn)) "
            + "PUBLICATION \(subscription.sets.map { SQL.identifier($0) }.joined(separator: ", ")) "
            + "WITH (\(options.joined(separator: ", ")))"
    }
}
