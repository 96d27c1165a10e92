import PgBackRest

/// Where the tablespaces and links of the chosen backup go.
///
/// From the request's options: `tablespace-map` (`NAME=/DIR`, several separated by commas), `tablespace-map-all`
/// (`/BASE`, giving `/BASE/NAME`), `link-map` (`NAME=/PATH`, several separated by commas), and `link-all` (`y`: where
/// they were at the source; `n`: plain files and directories inside the data directory). What the request leaves open
/// goes where the node itself has it now. Everything else stays where it was at the source, which is right for the
/// node's own backup, and for another's only where nobody has that place.
struct PlaceMap: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        enum Origin: Sendable, Equatable {
            case request
            /// Where the node has it now.
            case own
            /// Where it was when the backup was taken.
            case source
        }
        var name: String
        /// Where it was when the backup was taken.
        var original: String
        var destination: String
        var origin: Origin
    }
    var tablespaces: [Entry]
    var links: [Entry]
    /// Links that neither the request nor the node itself says anything about.
    var openLinks: [Entry]

    /// Directories of every cluster that are put behind a link: pgBackRest can make such a link anew.
    private static let alwaysThere = ["pg_wal"]

    init(options: [String: String], node: NodeObservation, backup: BackupSet, isOwnBackup: Bool) {
        let tablespaceMap = Self.pairs(options["tablespace-map"])
        tablespaces = (backup.details?.tablespaces ?? []).map { tablespace in
            let byName = node.dataDirectory.tablespaces[tablespace.name]
            // Object ids mean the same only within one cluster.
            let byID = isOwnBackup ? node.dataDirectory.tablespaces[String(tablespace.oid)] : nil
            return Self.entry(
                tablespace.name, original: tablespace.destination,
                requested: tablespaceMap[tablespace.name] ?? tablespaceMap[String(tablespace.oid)]
                    ?? options["tablespace-map-all"].map { "\($0)/\(tablespace.name)" },
                own: byName ?? byID)
        }
        let linkMap = Self.pairs(options["link-map"])
        let allLinks = Self.flag(options["link-all"])
        var links: [Entry] = []
        var open: [Entry] = []
        for link in backup.details?.links ?? [] {
            let requested = linkMap[link.name] ?? (allLinks == true ? link.destination : nil)
            let entry = Self.entry(
                link.name, original: link.destination, requested: requested,
                own: node.dataDirectory.links[link.name])
            if entry.origin != .source {
                if allLinks != false || requested != nil { links.append(entry) }
            } else if allLinks != false {
                open.append(entry)
            }
        }
        // A link can also be added that the backup does not have.
        for (name, destination) in linkMap where !(backup.details?.links ?? []).contains(where: { $0.name == name }) {
            links.append(Entry(name: name, original: destination, destination: destination, origin: .request))
        }
        // The backup may have a plain directory where the node has a link, which usually leads to another disk.
        for name in Self.alwaysThere where allLinks != false && !links.contains(where: { $0.name == name }) {
            guard let own = node.dataDirectory.links[name], !open.contains(where: { $0.name == name }) else { continue }
            links.append(Entry(name: name, original: own, destination: own, origin: .own))
        }
        self.links = links.sorted { $0.name < $1.name }
        openLinks = open
    }

    private static func entry(_ name: String, original: String, requested: String?, own: String?) -> Entry {
        if let requested { return Entry(name: name, original: original, destination: requested, origin: .request) }
        if let own { return Entry(name: name, original: original, destination: own, origin: .own) }
        return Entry(name: name, original: original, destination: original, origin: .source)
    }

    /// `a=/x,b=/y`; a part without `=` is left out here and refused by pgBackRest.
    static func pairs(_ text: String?) -> [String: String] {
        var found: [String: String] = [:]
        for part in (text ?? "").split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            found[String(part[..<equals])] = String(part[part.index(after: equals)...])
        }
        return found
    }

    private static func flag(_ text: String?) -> Bool? {
        switch text {
        case nil: nil
        case "n", "false", "no": false
        default: true
        }
    }

    /// Every place that something would be written to.
    var destinations: Set<String> { Set((tablespaces + links + openLinks).map(\.destination)) }
}
