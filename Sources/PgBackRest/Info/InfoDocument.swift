import FoundationEssentials
import Spec
import TargetTime

/// `pgbackrest info --output=json` as it is written.
///
/// A `JSONDecoder` reads it: nobody but pgBackRest writes it, and system identifiers need all of 64 bits.
struct InfoDocument: Decodable {
    let stanzas: [Stanza]

    init(from decoder: any Decoder) throws {
        stanzas = try [Stanza](from: decoder)
    }

    /// What the document says of the stanza; nil when it does not speak of it.
    static func parse(_ text: String, stanza: String) throws -> StanzaInfo? {
        let document = try JSONDecoder().decode(InfoDocument.self, from: Data(text.utf8))
        return document.stanzas.first { $0.name == stanza }.map(StanzaInfo.init)
    }

    struct Stanza: Decodable {
        let name: String
        let status: Status
        let repo: [Repo]?
        let db: [DB]?
        let archive: [Archive]?
        let backup: [Backup]?
    }

    struct Status: Decodable {
        struct Lock: Decodable {
            struct Backup: Decodable { let held: Bool }
            let backup: Backup?
        }
        let code: Int
        let message: String?
        let lock: Lock?
    }

    struct Repo: Decodable {
        let key: Int
        let cipher: String?
        let status: Status
    }

    struct DB: Decodable {
        let id: Int
        let repoKey: Int
        let systemID: UInt64
        let version: String
        enum CodingKeys: String, CodingKey {
            case id, version
            case repoKey = "repo-key"
            case systemID = "system-id"
        }
    }

    struct DBReference: Decodable {
        let id: Int
        let repoKey: Int
        enum CodingKeys: String, CodingKey {
            case id
            case repoKey = "repo-key"
        }
    }

    struct Archive: Decodable {
        let id: String
        let database: DBReference
        let min: String?
        let max: String?
    }

    struct Range<Value: Decodable>: Decodable {
        let start: Value
        let stop: Value
    }

    struct Sizes: Decodable {
        struct Repository: Decodable {
            let size: Int64?
            let delta: Int64?
        }
        let size: Int64
        let delta: Int64
        let repository: Repository
    }

    struct Place: Decodable {
        let name: String
        let oid: UInt32?
        let destination: String?
    }

    struct Backup: Decodable {
        let label: String
        let type: BackupType
        let prior: String?
        let reference: [String]?
        let error: Bool?
        let annotation: [String: String]?
        let database: DBReference
        let archive: Range<String?>?
        let lsn: Range<String?>?
        let timestamp: Range<Int64>
        let info: Sizes
        let databases: [Place]?
        let tablespaces: [Place]?
        let links: [Place]?
        let errorList: [String]?
        enum CodingKeys: String, CodingKey {
            case label, type, prior, reference, error, annotation, database, archive, lsn, timestamp, info
            case databases = "database-ref"
            case tablespaces = "tablespace"
            case links = "link"
            case errorList = "error-list"
        }
    }
}

extension StanzaInfo {
    fileprivate init(_ stanza: InfoDocument.Stanza) {
        self.init(
            name: stanza.name, status: StanzaStatus(stanza.status),
            isLockHeld: stanza.status.lock?.backup?.held ?? false,
            repositories: (stanza.repo ?? []).map {
                RepositoryInfo(key: $0.key, status: StanzaStatus($0.status), cipher: $0.cipher ?? "none")
            },
            databases: (stanza.db ?? []).map {
                DatabaseInfo(id: $0.id, repoKey: $0.repoKey, systemIdentifier: $0.systemID, version: $0.version)
            },
            archives: (stanza.archive ?? []).map {
                ArchiveInfo(
                    id: $0.id, databaseID: $0.database.id, repoKey: $0.database.repoKey, min: $0.min, max: $0.max)
            },
            backups: (stanza.backup ?? []).map(BackupSet.init).sorted {
                ($0.stopped, $0.label, $0.repoKey) < ($1.stopped, $1.label, $1.repoKey)
            })
    }
}

extension StanzaStatus {
    fileprivate init(_ status: InfoDocument.Status) {
        var filter = RequestDumpFilter()
        let lines = (status.message ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        self.init(code: status.code, message: lines.compactMap { filter.pass(String($0)) }.joined(separator: "\n"))
    }
}

extension BackupSet {
    fileprivate init(_ backup: InfoDocument.Backup) {
        self.init(
            label: backup.label, type: backup.type, prior: backup.prior, references: backup.reference ?? [],
            repoKey: backup.database.repoKey, databaseID: backup.database.id,
            started: Instant(seconds: backup.timestamp.start), stopped: Instant(seconds: backup.timestamp.stop),
            walStart: backup.archive?.start, walStop: backup.archive?.stop,
            lsnStart: backup.lsn?.start.flatMap { WALPosition($0) },
            lsnStop: backup.lsn?.stop.flatMap { WALPosition($0) },
            size: backup.info.size, delta: backup.info.delta, repositorySize: backup.info.repository.size,
            repositoryDelta: backup.info.repository.delta ?? 0, annotations: backup.annotation ?? [:],
            hasErrors: backup.error,
            // Only the answer about one set speaks of the databases in it.
            details: backup.databases == nil ? nil : BackupSetDetails(backup))
    }
}

extension BackupSetDetails {
    fileprivate init(_ backup: InfoDocument.Backup) {
        self.init(
            tablespaces: (backup.tablespaces ?? []).map {
                Tablespace(name: $0.name, oid: $0.oid ?? 0, destination: $0.destination ?? "")
            },
            links: (backup.links ?? []).map { Link(name: $0.name, destination: $0.destination ?? "") },
            databases: (backup.databases ?? []).map { Database(name: $0.name, oid: $0.oid ?? 0) },
            filesWithChecksumErrors: backup.errorList ?? [])
    }
}
