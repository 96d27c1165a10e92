import Catalog
import Failures
import Glibc
import Postgres

/// Looks at a node's data directory and at the places that a restore would write to.
struct DataDirectoryObserver {
    var tools: NodeTools

    /// - Parameter facts: of the server that runs there, when there is one: it knows the tablespaces by name.
    func observe(_ node: NodePlacement, facts: ServerFacts?) async -> DataDirectoryObservation {
        let path = node.primary.pgdata
        let inspected = try? DataDirectory.inspect(path)
        let nearest = Directories.nearestExisting(path)
        var found = DataDirectoryObservation(
            path: RealPath.of(path), state: await state(node, inspected),
            isWritable: Directories.isWritable(nearest), bytesUsed: inspected?.sizeOnDisk() ?? 0)
        if let owner = inspected?.owner, owner != geteuid() { found.otherOwner = UserName.of(owner) }
        // A directory that this user may not even look into shows its owner all the same.
        if inspected == nil, let owner = Directories.owner(of: path), owner != geteuid() {
            found.otherOwner = UserName.of(owner)
        }
        for (oid, directory) in inspected?.tablespaces ?? [:] { found.tablespaces[oid] = directory }
        for tablespace in facts?.tablespaces ?? [] where !tablespace.location.isEmpty {
            found.tablespaces[tablespace.name] = tablespace.location
        }
        if let target = inspected?.walTarget { found.links["pg_wal"] = target }
        for link in inspected?.links ?? [] { found.links[link.path] = link.target }
        let places = [path] + found.tablespaces.values + found.links.values
        found.bytesFree = Self.bytesFree(of: places)
        return found
    }

    private func state(_ node: NodePlacement, _ inspected: DataDirectory?) async -> DataDirectoryObservation.State {
        do {
            switch try await tools.dataDirectoryState(node.primary, of: node) {
            case .missing: return .missing
            case .empty: return .empty
            case .foreign: return .foreign
            case .damaged(let reason): return .damaged(reason)
            case .cluster(let control):
                return .cluster(
                    systemIdentifier: String(control.systemIdentifier), majorVersion: control.majorVersion,
                    timeline: control.timeline)
            }
        } catch {
            return .damaged((error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// Free bytes of the file systems that hold `places`, each counted once.
    static func bytesFree(of places: [String]) -> Int64 {
        var devices: [UInt64: Int64] = [:]
        for place in places {
            guard let device = try? DiskUsage.device(at: place), let free = try? DiskUsage.free(at: place) else {
                continue
            }
            devices[device] = free
        }
        return devices.isEmpty ? .max : devices.values.reduce(0) { $0 &+ $1 }
    }

    /// What is at a path that a tablespace or link would go to.
    static func place(_ path: String) -> PlaceObservation {
        let nearest = Directories.nearestExisting(path)
        let exists = Directories.exists(path)
        let names = exists ? (try? Directory.names(in: path)) : []
        return PlaceObservation(
            resolved: RealPath.of(path), exists: exists, isEmpty: names?.isEmpty ?? false,
            isWritable: Directories.isWritable(nearest))
    }
}

/// Paths with every symbolic link followed.
enum RealPath {
    /// The real path; of one that is not there, that of the nearest directory above with the rest behind it.
    static func of(_ path: String) -> String {
        let existing = Directories.nearestExisting(path)
        guard let resolved = realpath(existing, nil) else { return path }
        defer { free(resolved) }
        let head = String(cString: resolved)
        let rest = path.dropFirst(existing.count).drop { $0 == "/" }
        if rest.isEmpty { return head }
        return head == "/" ? "/\(rest)" : "\(head)/\(rest)"
    }
}
