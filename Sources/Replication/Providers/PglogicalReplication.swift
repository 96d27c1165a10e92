import Postgres

/// pglogical 2.
///
/// Tried with 2.4.2: its extension can be dropped while the library is not loaded; its commits carry the origin that is
/// named as the slot, so that a recovered database knows exactly how far it was; an origin may be moved backwards, so
/// that a peer's subscription outlives a provider whose positions went back.
public struct PglogicalReplication: ExtensionReplication {
    public let provider = ReplicationProvider.pglogical
    public let outputPlugin = "pglogical_output"
    public let library: String? = "pglogical"
    public let positionsSurviveRecovery = true
    let functions = ExtensionFunctions.pglogical

    public init() {}

    public func createNode(_ identity: ReplicationIdentity, _ connection: Connection) async throws {
        try await connection.execute("CREATE EXTENSION IF NOT EXISTS pglogical")
        if try await connection.value("SELECT 1 FROM pglogical.local_node") == nil {
            _ = try await connection.query("SELECT pglogical.create_node($1, $2)", [identity.name, identity.dsn])
        }
        try await functions.addInterfaces(identity.interfaces, of: identity.name, connection)
    }

    func create(_ set: ReplicationSet, _ connection: Connection) async throws {
        let exists = try await connection.value(
            "SELECT 1 FROM pglogical.replication_set WHERE set_name = $1", [set.name])
        let function = exists == nil ? "create_replication_set" : "alter_replication_set"
        _ = try await connection.query(
            "SELECT pglogical.\(function)($1, $2::bool, $3::bool, $4::bool, $5::bool)", [set.name] + set.flags)
    }

    public func createSubscription(
        _ subscription: ReplicationSubscription, at position: LSN?, _ connection: Connection
    ) async throws {
        if try await functions.catalog.isEnabled(subscription.name, connection) == nil {
            try await create(subscription, connection)
        }
        try await functions.putInterfaces(of: subscription, connection)
        try await correctFirstInterface(of: subscription, connection)
        guard let origin = try await functions.origin(of: subscription.name, connection) else { return }
        try await ReplicationOrigins.create(origin, connection)
        if let position { try await ReplicationOrigins.advance(origin, to: position, connection) }
    }

    /// pglogical cannot make a disabled subscription. One that is disabled in the same transaction, and whose state says
    /// that it was synchronized, starts no worker, and later uses the slot that it finds instead of making it anew.
    private func create(_ subscription: ReplicationSubscription, _ connection: Connection) async throws {
        let dsn = try await functions.dsn(of: subscription, connection)
        let options = subscription.options
        try await connection.transaction { connection in
            _ = try await connection.query(
                """
                SELECT pglogical.create_subscription($1, $2, $3::text[], false, false, $4::text[], $5::interval, $6::bool)
                """,
                [
                    subscription.name, dsn, PostgresArray.text(subscription.sets),
                    PostgresArray.text(subscription.forwardOrigins), options["apply_delay"] ?? "0",
                    options["force_text_transfer"] ?? "f",
                ])
            _ = try await connection.query(
                "SELECT pglogical.alter_subscription_disable($1, false)", [subscription.name])
            _ = try await connection.query(
                """
                UPDATE pglogical.local_sync_status SET sync_status = 'r'
                 WHERE sync_subid = (SELECT sub_id FROM pglogical.subscription WHERE sub_name = $1)
                """, [subscription.name])
        }
    }

    public func renew(
        _ subscription: ReplicationSubscription, at slot: LSN, _ connection: Connection
    ) async throws {
        try await createSubscription(subscription, at: slot, connection)
    }

    public func clean(_ connection: Connection) async throws {
        // First, since the subscriptions are how their names are known.
        try await ReplicationOrigins.drop(try await functions.catalog.origins(connection), connection)
        try await connection.execute("DROP EXTENSION IF EXISTS pglogical CASCADE")
    }

    /// The interface that carries the provider's name was made with the connection string at hand; a subscription that
    /// uses another one may have had a different string there.
    private func correctFirstInterface(
        of subscription: ReplicationSubscription, _ connection: Connection
    ) async throws {
        guard let node = subscription.providerNode,
            let interface = subscription.interfaces.first(where: { $0.name == node }),
            interface.name != subscription.interface
        else { return }
        let known = try await functions.catalog.interfaces(of: node, connection)
        guard known.first(where: { $0.name == node })?.dsn != interface.dsn else { return }
        _ = try await connection.query("SELECT pglogical.alter_node_drop_interface($1, $2)", [node, node])
        try await functions.addInterfaces([interface], of: node, connection)
    }
}
