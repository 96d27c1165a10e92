import Postgres

/// Spock 5.
///
/// Its commits carry the id of the node that they come from and not the subscription's origin, so after a recovery the
/// named origin is stale: positions have to be read before, while the subscription is paused. Its `sub_create` with
/// `enabled := false` makes the origin itself and touches no slot.
public struct SpockReplication: ExtensionReplication {
    public let provider = ReplicationProvider.spock
    public let outputPlugin = "spock_output"
    public let library: String? = "spock"
    public let positionsSurviveRecovery = false
    let functions = ExtensionFunctions.spock
    private var catalog: ExtensionCatalog { functions.catalog }

    public init() {}

    public func createNode(_ identity: ReplicationIdentity, _ connection: Connection) async throws {
        try await connection.execute("CREATE EXTENSION IF NOT EXISTS spock")
        if try await connection.value("SELECT 1 FROM spock.local_node") == nil {
            let details = identity.details
            _ = try await connection.query(
                "SELECT spock.node_create($1, $2, $3, $4, $5::jsonb)",
                [identity.name, identity.dsn, details["location"], details["country"], details["info"]])
        }
        try await functions.addInterfaces(identity.interfaces, of: identity.name, connection)
    }

    func create(_ set: ReplicationSet, _ connection: Connection) async throws {
        let flags = set.flags
        let present = try await catalog.sets(connection).first { $0.name == set.name }
        guard let present else {
            _ = try await connection.query(
                "SELECT spock.repset_create($1, $2::bool, $3::bool, $4::bool, $5::bool)", [set.name] + flags)
            return
        }
        guard flags != present.flags else { return }
        _ = try await connection.query(
            "SELECT spock.repset_alter($1, $2::bool, $3::bool, $4::bool, $5::bool)", [set.name] + flags)
    }

    public func createSubscription(
        _ subscription: ReplicationSubscription, at position: LSN?, _ connection: Connection
    ) async throws {
        if try await catalog.isEnabled(subscription.name, connection) == nil {
            // An origin of that name would be in its way.
            if let slot = subscription.slot { try await ReplicationOrigins.drop([slot], connection) }
            try await create(subscription, connection)
        }
        try await functions.putInterfaces(of: subscription, connection)
        guard let position, let origin = try await functions.origin(of: subscription.name, connection) else { return }
        try await ReplicationOrigins.advance(origin, to: position, connection)
    }

    /// The function is strict, and `skip_schema` came with 5.0.2: it is named only where there is something in it.
    private func create(_ subscription: ReplicationSubscription, _ connection: Connection) async throws {
        let options = subscription.options
        let dsn = try await functions.dsn(of: subscription, connection)
        var values: [String?] = [
            subscription.name, dsn, PostgresArray.text(subscription.sets),
            PostgresArray.text(subscription.forwardOrigins), options["apply_delay"] ?? "0",
            options["force_text_transfer"] ?? "f",
        ]
        var skipped = ""
        if let schemas = options["skip_schema"], !PostgresArray.parse(schemas).isEmpty {
            values.append(schemas)
            skipped = ", skip_schema := $7::text[]"
        }
        _ = try await connection.query(
            """
            SELECT spock.sub_create(subscription_name := $1, provider_dsn := $2, replication_sets := $3::text[],
                synchronize_structure := false, synchronize_data := false, forward_origins := $4::text[],
                apply_delay := $5::interval, force_text_transfer := $6::bool, enabled := false\(skipped))
            """, values)
    }

    /// Its origin and what Spock remembers of the provider's progress hold positions of the provider as it was.
    public func retire(_ subscription: ReplicationSubscription, _ connection: Connection) async throws {
        _ = try await connection.query("SELECT spock.sub_drop($1, true)", [subscription.name])
    }

    /// Begins where the slot stands by itself: a new origin has no position.
    public func renew(
        _ subscription: ReplicationSubscription, at slot: LSN, _ connection: Connection
    ) async throws {
        try await createSubscription(subscription, at: nil, connection)
    }

    public func clean(_ connection: Connection) async throws {
        guard try await catalog.isInstalled(connection) else { return }
        try await ReplicationOrigins.drop(try await catalog.origins(connection), connection)
        try await dropUnnamedOrigins(connection)
        try await connection.execute("DROP EXTENSION IF EXISTS spock CASCADE")
    }

    /// What a recovery made of the node ids in the commits: states without a name, which take up places for ever. They
    /// can be dropped only by a name, so each gets one first.
    private func dropUnnamedOrigins(_ connection: Connection) async throws {
        let ids = try await connection.query(
            """
            SELECT o.local_id FROM pg_replication_origin_status o JOIN spock.node n ON n.node_id = o.local_id
             WHERE o.external_id IS NULL AND NOT EXISTS (
                   SELECT FROM pg_replication_origin r WHERE r.roident = o.local_id)
            """
        ).compactMap { $0["local_id"] }
        for id in ids {
            let name = "pgstanza_cleanup_\(id)"
            _ = try await connection.query(
                "INSERT INTO pg_replication_origin (roident, roname) VALUES ($1::oid, $2)", [id, name])
            try await ReplicationOrigins.drop([name], connection)
        }
    }

    public func mark(_ connection: Connection) async throws -> LSN {
        // The argument came with 5.0.7; without it the event is written at once all the same.
        let arguments = try await connection.value(
            "SELECT max(pronargs) FROM pg_proc WHERE pronamespace = 'spock'::regnamespace AND proname = 'sync_event'")
        let call = arguments == "1" ? "spock.sync_event(true)" : "spock.sync_event()"
        guard let row = try await connection.query("SELECT \(call) AS lsn").first, let lsn = row.lsn("lsn") else {
            return try await ReplicationProgress.insertPosition(connection)
        }
        return lsn
    }
}
