/// Tablespaces and links of the chosen backup: whether what they would be written to is the node's own, or nobody's.
enum PlaceChecks {
    static func tablespaces(_ c: NodeCase) -> [CheckResult] {
        guard let map = map(c) else { return [] }
        let unknown = PlaceMap.pairs(c.order.options["tablespace-map"]).keys.filter { name in
            !(c.chosenDetail?.details?.tablespaces ?? []).contains { $0.name == name || String($0.oid) == name }
        }
        var checks = map.tablespaces.compactMap { entry in
            problem(with: entry, what: "tablespace \(entry.name)", option: "tablespace-map", c)
                .map { c.refused(.tablespaces, $0.detail, hint: $0.hint) }
        }
        checks += duplicates(map.tablespaces).map {
            c.refused(.tablespaces, "two tablespaces would go to \($0)", hint: "map each to a directory of its own")
        }
        checks += unknown.sorted().map {
            c.warning(.tablespaces, "tablespace-map names \($0), and the backup has no such tablespace")
        }
        guard checks.isEmpty else { return checks }
        let text = map.tablespaces.map { "\($0.name) in \($0.destination)" }.joined(separator: ", ")
        return [c.passed(.tablespaces, text.isEmpty ? "the backup has no tablespace of its own" : text)]
    }

    static func links(_ c: NodeCase) -> [CheckResult] {
        guard let map = map(c) else { return [] }
        var checks = map.links.compactMap { entry in
            problem(with: entry, what: "link \(entry.name)", option: "link-map", c)
                .map { c.refused(.links, $0.detail, hint: $0.hint) }
        }
        for entry in map.openLinks {
            // The node's own backup, and the node's own directory is gone: the link is made again as it was.
            if c.isOwnBackup, !c.hasReadableCluster {
                if let found = problem(with: entry, what: "link \(entry.name)", option: "link-map", c) {
                    checks.append(c.refused(.links, found.detail, hint: found.hint))
                }
                continue
            }
            checks.append(
                c.refused(
                    .links,
                    "\(entry.name) is a link to \(entry.original) in the backup and none in the node's own directory",
                    hint: "say where it shall be: --option link-map=\(entry.name)=/DIR; "
                        + "or --option link-all=n to have it inside the data directory"))
        }
        guard checks.isEmpty else { return checks }
        let text = (map.links + map.openLinks).map { "\($0.name) in \($0.destination)" }.joined(separator: ", ")
        return [c.passed(.links, text.isEmpty ? "no link is restored" : text)]
    }

    static func map(_ c: NodeCase) -> PlaceMap? {
        guard let detail = c.chosenDetail else { return nil }
        return PlaceMap(options: c.order.options, node: c.node, backup: detail, isOwnBackup: c.isOwnBackup)
    }

    private static func problem(
        with entry: PlaceMap.Entry, what: String, option: String, _ c: NodeCase
    ) -> (detail: String, hint: String)? {
        let destination = entry.destination
        let mend = "say where it shall be: --option \(option)=\(entry.name)=/DIR"
        guard destination.hasPrefix("/") else {
            return ("\(what) would go to \(destination), which is no absolute path", mend)
        }
        let seen = c.node.places[destination]
        let resolved = seen?.resolved ?? destination
        let inside = c.node.dataDirectory.path + "/"
        if (resolved + "/").hasPrefix(inside) || inside.hasPrefix(resolved + "/") {
            return ("\(what) would go to \(destination), which overlaps the data directory", mend)
        }
        if let neighbour = DirectoryChecks.neighbour(of: resolved, c) {
            let running = neighbour.isRunning ? ", which is running" : ""
            return (
                "\(what) would be written over \(destination), the \(neighbour.what) of node \(neighbour.node) of "
                    + "database \(neighbour.databaseID)\(running)", mend
            )
        }
        if let seen, !seen.isWritable { return ("\(what) would go to \(destination), which cannot be written", mend) }
        if isOwn(destination, c) { return nil }
        if let seen, seen.exists, !seen.isEmpty {
            // After the loss of the data directory, the node's own tablespaces may still be where they were.
            if c.isOwnBackup, !c.hasReadableCluster, entry.origin == .source { return nil }
            return (
                "\(what) would go to \(destination), which holds files that are not known to be the node's own", mend
            )
        }
        return nil
    }

    /// Whether the node has a tablespace or a link there now.
    private static func isOwn(_ path: String, _ c: NodeCase) -> Bool {
        c.node.dataDirectory.tablespaces.values.contains(path) || c.node.dataDirectory.links.values.contains(path)
    }

    private static func duplicates(_ entries: [PlaceMap.Entry]) -> [String] {
        Dictionary(grouping: entries, by: \.destination).filter { $1.count > 1 }.keys.sorted()
    }
}
