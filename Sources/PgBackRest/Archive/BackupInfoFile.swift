import FoundationEssentials

/// The clusters of a stanza as `backup/STANZA/backup.info` has them; `info` leaves their control versions out.
struct BackupInfoFile {
    struct Cluster: Decodable, Equatable {
        let systemIdentifier: UInt64
        let version: String
        let controlVersion: UInt32
        let catalogVersion: UInt32
        enum CodingKeys: String, CodingKey {
            case systemIdentifier = "db-system-id"
            case version = "db-version"
            case controlVersion = "db-control-version"
            case catalogVersion = "db-catalog-version"
        }
    }

    /// By database id.
    let clusters: [Int: Cluster]

    /// Reads the section `[db:history]`, whose lines are an id, `=` and a JSON object.
    init(_ text: String) throws {
        var clusters: [Int: Cluster] = [:]
        var section = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("[") {
                section = String(line)
            } else if section == "[db:history]", let equals = line.firstIndex(of: "="), let id = Int(line[..<equals]) {
                let object = Data(line[line.index(after: equals)...].utf8)
                clusters[id] = try JSONDecoder().decode(Cluster.self, from: object)
            }
        }
        self.clusters = clusters
    }

    /// The cluster of an archive such as `15-1`, or the present one, with the archive's id.
    func cluster(archiveID: String?) -> (archiveID: String, Cluster)? {
        let named = clusters.map { (id: $0, archiveID: "\($1.version)-\($0)", cluster: $1) }
        let found = archiveID.map { wanted in named.first { $0.archiveID == wanted } } ?? named.max { $0.id < $1.id }
        return found.map { ($0.archiveID, $0.cluster) }
    }
}
