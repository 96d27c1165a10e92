import Catalog

/// What was seen of one node before its update is planned.
struct UpdateFacts: Sendable, Equatable {
    /// The cluster was there before pgstanza, and keeps its own settings.
    var isAdopted = false
    var isRunning = true
    /// Its cluster was made; false for a node whose making was taken back.
    var isMade = true
    var backups = BackupState.on
    /// New repositories were accepted for a restored node, and are not in use yet.
    var isOpeningBook = false
    /// The port that the primary listens on now; nil when it does not run.
    var port: Int?
    /// Names of settings that only a restart changes, as the server says; lower case.
    var restartSettings: Set<String> = []
    /// What the server archives to now; nil when it could not be asked.
    var archive: ArchiveSettings?
    /// Texts of the configuration files that pgstanza wrote, as they are now, by name in the data directory.
    var files: [String: String] = [:]
    /// Roles of the server; nil when it could not be asked.
    var roles: Set<String>?
    /// Owner of the spec's database; nil when it could not be asked.
    var databaseOwner: String?
    /// What the repositories of the wanted spec hold, by number; those that stay as they are need not be in it.
    var repositories: [Int: RepositoryFacts] = [:]
    /// The cluster's system identifier.
    var systemIdentifier: String?
    /// The stanza configuration in use is that of the wanted spec; true where there is none to be.
    var isConfigurationCurrent = true
    /// The replicas of this machine by host id.
    var replicas: [String: ReplicaFitness] = [:]
}
