import Catalog
import Postgres

/// Finds the directories of every instance that the home knows: nobody else's may be written over.
struct NeighbourFinder {
    var home: Home

    /// Data directories with their tablespaces and links. What cannot be looked at is left out, but for the data
    /// directory itself.
    func directories() -> [NeighbourDirectory] {
        let databases = Databases(home: home)
        var found: [NeighbourDirectory] = []
        for id in (try? databases.ids()) ?? [] {
            guard let record = try? databases.load(id) else { continue }
            for (node, nodeRecord) in record.nodes.sorted(by: { $0.key < $1.key }) {
                for (_, instance) in nodeRecord.instances.sorted(by: { $0.key < $1.key }) {
                    found += directories(of: instance, database: id, node: node)
                }
            }
        }
        return found
    }

    private func directories(
        of instance: InstanceRecord, database: String, node: String
    ) -> [NeighbourDirectory] {
        let isRunning = ((try? PostmasterFile.alive(pgdata: instance.pgdata)) ?? nil) != nil
        func directory(_ path: String, _ what: String) -> NeighbourDirectory {
            NeighbourDirectory(
                path: RealPath.of(path), databaseID: database, node: node, what: what, isRunning: isRunning)
        }
        let role = instance.role == .primary ? "data directory" : "replica's data directory"
        var found = [directory(instance.pgdata, role)]
        guard let inspected = try? DataDirectory.inspect(instance.pgdata) else { return found }
        found += inspected.tablespaces.map { directory($0.value, "tablespace with oid \($0.key)") }
        if let wal = inspected.walTarget { found.append(directory(wal, "pg_wal")) }
        // A configuration file behind a link may well be shared.
        found += inspected.links.filter { Directory.isDirectory($0.target) }.map { directory($0.target, $0.path) }
        return found
    }
}
