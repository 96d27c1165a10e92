import Failures
import PgBackRest
import Postgres
import Replication

/// A slot that a provider keeps for a backup.
public struct HeldSlot: Sendable, Hashable {
    public var name: String
    /// Who keeps it.
    public var provider: String
    /// Bytes of WAL that it holds.
    public var bytes: Int64
    /// Transactions by which it holds back the clean-up of catalogs.
    public var xminAge: Int64
    /// The WAL that it needs is gone.
    public var isLost: Bool
}

/// Slots that a node's providers keep for its backups, so that the node, restored to any time since a backup, can go on
/// exactly where it then was: copies of the slots that the node reads from, made just before the backup.
///
/// Asked for by `orchestrator_opts.local.replication.holding_slots`. They hold WAL, and dead rows of catalogs, for as long
/// as the backup is kept.
struct HoldingSlots: Sendable {
    var access: PeerAccess
    var node: NodePlacement

    static func areWanted(_ node: NodePlacement) -> Bool { node.spec.local.replication?.holdingSlots ?? false }

    /// `hold_LABEL_NODE_…`, with the end of the held slot's name, in the characters that slots may have.
    static func name(label: String, node: String, slot: String) -> String {
        let label = label.lowercased().replacing("-", with: "_")
        return String("hold_\(label)_\(node)_\(slot.suffix(20))".prefix(63))
    }

    private static func newName(node: String, slot: String) -> String { name(label: "new", node: node, slot: slot) }

    /// What the node subscribes to just now and gets.
    private func links() async throws -> [ReplicationLink] {
        let inventory = try await InventoryReader.read(access.tools.parameters(node.primary, of: node))
        return ReplicationLink.all(of: [NodeReplication(node: node.name, inventory: inventory)], access).filter {
            $0.subscriber.node == node.name && $0.subscription.isEnabled && $0.subscription.slot != nil
        }
    }

    /// Copies every slot that the node reads from, before a backup begins: whatever the backup is restored to, the node
    /// then has everything before the copy.
    ///
    /// Throws `holding-slots-unbounded` (73) when a provider would keep WAL for them without end.
    func prepare() async throws {
        for link in try await links() {
            try await access.with(link.provider.peer, database: link.provider.database) { connection in
                guard try await connection.value("SHOW max_slot_wal_keep_size") != "-1" else {
                    throw OperationError(
                        .refused, code: "holding-slots-unbounded",
                        "\(link.provider.peer.label) would keep WAL for the backups of \(node.name) without end",
                        hint: "set max_slot_wal_keep_size there, or take holding_slots out of the spec")
                }
                let name = Self.newName(node: node.name, slot: link.slot)
                try await LogicalSlots.drop(name, connection)
                _ = try await connection.query("SELECT pg_copy_logical_replication_slot($1, $2)", [link.slot, name])
            }
        }
    }

    /// Gives the copies the backup's name, and drops those of backups that are no longer there.
    func settle(_ label: String, kept labels: Set<String>) async throws {
        for link in try await links() {
            try await access.with(link.provider.peer, database: link.provider.database) { connection in
                let new = Self.newName(node: node.name, slot: link.slot)
                let name = Self.name(label: label, node: node.name, slot: link.slot)
                let present = Set(try await LogicalSlots.all(connection).map(\.name))
                if present.contains(new), !present.contains(name) {
                    _ = try await connection.query("SELECT pg_copy_logical_replication_slot($1, $2)", [new, name])
                }
                try await LogicalSlots.drop(new, connection)
                let wanted = Set(
                    labels.union([label]).map { Self.name(label: $0, node: node.name, slot: link.slot) })
                // Of this node's alone, and of this subscription's.
                let mine = present.filter {
                    $0.hasPrefix("hold_") && $0.hasSuffix("_\(node.name)_\(link.slot.suffix(20))")
                }
                for old in mine.subtracting(wanted) { try await LogicalSlots.drop(old, connection) }
            }
        }
    }

    /// All that are kept for the node; a provider that does not answer is left out.
    func held() async -> [HeldSlot] {
        guard let links = try? await links() else { return [] }
        var found: [HeldSlot] = []
        for link in links {
            let rows = try? await access.with(link.provider.peer, database: link.provider.database) { connection in
                try await connection.query(
                    """
                    SELECT slot_name, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS bytes,
                           coalesce(age(catalog_xmin), 0) AS age, coalesce(wal_status = 'lost', true) AS lost
                      FROM pg_replication_slots WHERE slot_name LIKE 'hold\\_%' ORDER BY slot_name
                    """)
            }
            let suffix = "_\(node.name)_\(link.slot.suffix(20))"
            for row in rows ?? [] where row["slot_name"]?.hasSuffix(suffix) ?? false {
                found.append(
                    HeldSlot(
                        name: row["slot_name"] ?? "", provider: link.provider.peer.label,
                        bytes: row.integer("bytes") ?? 0, xminAge: row.integer("age") ?? 0,
                        isLost: row.bool("lost") ?? true))
            }
        }
        return found
    }
}
