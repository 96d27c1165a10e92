import Postgres

/// What moves rows from database to database, behind one face: Spock 5, pglogical 2, and Postgres's own subscriptions.
///
/// Every call works on one database, through a superuser's connection to it; none is a transaction of the caller's.
/// Calls that change something look first and may be repeated. They throw ``PostgresError`` as the connection does, and
/// ``ReplicationError``.
public protocol LogicalReplication: Sendable {
    var provider: ReplicationProvider { get }
    /// Output plugin of the provider's slots.
    var outputPlugin: String { get }
    /// What `shared_preload_libraries` must have for it; nil for native replication.
    var library: String? { get }
    /// Whether the positions that ``positions(_:)`` gives are exact after a recovery: commits carry the subscription's
    /// own origin, so that replaying them moves it. False for Spock, whose commits carry the node's id instead.
    var positionsSurviveRecovery: Bool { get }

    /// Everything the database has of this provider; nil when it takes no part.
    ///
    /// Works without the provider's library, so that a server in quarantine can be read.
    func read(_ connection: Connection) async throws -> DatabaseReplication?

    /// Makes the database a node that peers can subscribe to, with the extension, its interfaces and the default sets.
    /// Nothing to do for native replication, and where the node is there. No connection is made.
    func createNode(_ identity: ReplicationIdentity, _ connection: Connection) async throws

    /// Brings the sets of the database to what `sets` say, the default ones included: makes and alters them, adds
    /// their tables and sequences; tables that are in a set already stay. Gives what could not be done, a sentence
    /// each: a table that does not exist, for instance.
    func createSets(_ sets: [ReplicationSet], _ connection: Connection) async throws -> [String]

    /// Adds every table of the schemas to the set that fits it: those with a key to `default`, those without to
    /// `default_insert_only`. Natively to the publication `name`, which is made when missing; elsewhere `name` is
    /// ignored.
    func addTables(inSchemas schemas: [String], publication name: String, _ connection: Connection) async throws

    /// Makes the subscription, disabled, with every option, and nothing copied; its origin stands at `position`, or is
    /// unset when that is nil, so that it will start where its slot stands.
    ///
    /// No slot is made and none is touched: the caller makes it on the provider (``LogicalSlots/create(_:plugin:_:)``)
    /// before ``enable(_:_:)``. The provider must be there and let the subscriber in, since all three ask it what it
    /// publishes. pglogical and Spock name the slot themselves: ``read(_:)`` tells it afterwards. Whatever had the subscription's name before is left alone: one that is there is kept, and only moved
    /// to `position`.
    func createSubscription(
        _ subscription: ReplicationSubscription, at position: LSN?, _ connection: Connection) async throws

    /// The name that the slot of a subscription has which is made in `database` and reads from the node `provider`, nil
    /// where there are no nodes. Where the provider names slots, any server that has it can be asked.
    func slotName(
        of subscription: String, in database: String, from provider: String?, _ connection: Connection
    ) async throws -> String

    /// On a server that has nothing to do with another node any more: takes out what it remembers of it, so that the
    /// node can come again in another place. Nothing to do while a subscription reads from it.
    func forgetNode(_ name: String, _ connection: Connection) async throws

    /// Drops a subscription and its origin. The extensions drop its slot on the provider with it where that answers.
    /// Nothing to do when it is missing.
    func drop(_ subscription: String, _ connection: Connection) async throws

    /// Has the subscription's worker run; returns at once.
    func enable(_ subscription: String, _ connection: Connection) async throws

    /// Stops the subscription's worker and returns when it is gone; its slot and its origin stay. Nothing to do when
    /// it is disabled or missing.
    func disable(_ subscription: String, _ connection: Connection) async throws

    /// Name → position of each subscription's origin: everything that its provider committed up to there is here.
    /// Subscriptions whose origin has no position are left out.
    func positions(_ connection: Connection) async throws -> [String: LSN]

    /// On a subscriber, before its provider's new slot is made: what has to go first. The subscription is disabled.
    func retire(_ subscription: ReplicationSubscription, _ connection: Connection) async throws

    /// On a subscriber whose provider was restored: the subscription, still disabled, begins at its provider's new slot,
    /// which stands at `slot`, and forgets the positions of the provider as it was. Made anew when it is missing.
    func renew(_ subscription: ReplicationSubscription, at slot: LSN, _ connection: Connection) async throws

    /// Takes everything of this provider out of the database: subscriptions, sets, node and the origins of these
    /// subscriptions. Connects to nobody: slots on other servers stay. Works without the provider's library. A session
    /// that cleaned is of no more use to the provider, which remembers where its catalogs were.
    func clean(_ connection: Connection) async throws

    /// Writes something that travels to every subscriber, and gives a position that they pass only when they have
    /// everything that was committed before.
    func mark(_ connection: Connection) async throws -> LSN
}

extension LogicalReplication {
    public func retire(_ subscription: ReplicationSubscription, _ connection: Connection) async throws {}

    public func forgetNode(_ name: String, _ connection: Connection) async throws {}

    public func mark(_ connection: Connection) async throws -> LSN {
        let position = try await ReplicationProgress.insertPosition(connection)
        // A commit behind it: an idle server's flush can stand a page header before its insert position for good.
        _ = try await connection.query("SELECT pg_current_xact_id()")
        return position
    }
}
