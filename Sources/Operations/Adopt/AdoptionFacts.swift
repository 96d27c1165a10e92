import PgBackRest

/// What was seen of a running cluster that is to come under pgstanza.
struct AdoptionFacts: Sendable, Equatable {
    /// A streaming replica on this machine.
    struct Replica: Sendable, Equatable {
        var pgdata: String
        var port: Int
    }

    var id: String
    /// Host id of this machine; nil when `config.json` names none.
    var hostID: String?
    var pgdata: String
    var port: Int
    /// Role that the connection was made as.
    var superuser: String
    /// Name of the home's owner, who is the superuser that specs need not name.
    var ownerName: String
    /// Databases but templates and the maintenance database.
    var databases: [String]
    /// The database that was asked for; nil leaves the choice.
    var wantedDatabase: String?
    /// Program that archive_command calls, where it is named by a path; nil else.
    var program: String?
    /// The stanza; nil when the cluster has none.
    var stanza: String?
    /// The options of its configuration, by name.
    var options: [String: String] = [:]
    /// Sections of single commands.
    var commandOptions: [ExistingConfiguration.Entry] = []
    var replicas: [Replica] = []
    /// Replicas that stream to other machines, as the primary shows them.
    var replicasElsewhere: [String] = []
    /// Subscriptions and logical slots, for people.
    var participants: [String] = []
}
