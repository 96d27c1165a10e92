import Failures

/// The data directory: whose it is, what is in it, and the node's own configuration.
enum DirectoryChecks {
    static func owner(_ c: NodeCase) -> [CheckResult] {
        guard let other = c.node.dataDirectory.otherOwner else {
            return [c.passed(.owner, "\(c.node.dataDirectory.path) belongs to the home's owner")]
        }
        return [
            c.refused(
                .owner, "\(c.node.dataDirectory.path) belongs to \(other), not to the owner of the home directory",
                hint: "chown -R it to the home's owner, or use a home that belongs to \(other)")
        ]
    }

    static func writable(_ c: NodeCase) -> [CheckResult] {
        let path = c.node.dataDirectory.path
        if c.node.dataDirectory.isWritable { return [c.passed(.writable, "\(path) can be written")] }
        let isThere = c.node.dataDirectory.state != .missing
        return [
            c.refused(
                .writable, isThere ? "\(path) cannot be written" : "\(path) is not there and cannot be made",
                hint: "give the home's owner the right to write \(isThere ? "to it" : "to the directory above it")")
        ]
    }

    static func dataDirectory(_ c: NodeCase) -> [CheckResult] {
        let path = c.node.dataDirectory.path
        if let neighbour = neighbour(of: path, c) {
            return [
                c.refused(
                    .dataDirectory,
                    "\(path) is the \(neighbour.what) of node \(neighbour.node) of database \(neighbour.databaseID)",
                    hint: "give node \(c.node.node) a directory of its own: orchestrator_opts.local.pgdata")
            ]
        }
        switch c.node.dataDirectory.state {
        case .missing: return [c.passed(.dataDirectory, "\(path) is missing and will be made")]
        case .empty: return [c.passed(.dataDirectory, "\(path) is empty")]
        case .foreign:
            return [
                c.warning(
                    .dataDirectory, "\(path) holds files and no cluster; it is moved aside as a whole",
                    hint: "what was moved aside stays beside it under a name that ends in the restore's id")
            ]
        case .damaged(let reason):
            return [
                c.warning(
                    .dataDirectory,
                    "\(path) holds a cluster whose identity cannot be read (\(reason)); it is taken for the node's own")
            ]
        case .cluster(let found, _, _): return identity(found, c)
        }
    }

    /// Compares what is in the directory with the record, and with the node's own books.
    private static func identity(_ found: String, _ c: NodeCase) -> [CheckResult] {
        let path = c.node.dataDirectory.path
        if found == c.node.recordedSystemIdentifier {
            return [c.passed(.dataDirectory, "\(path) holds the node's own cluster, system identifier \(found)")]
        }
        let ownBooks = c.node.books.filter {
            $0.reference.node == c.node.node && $0.reference.databaseID == c.order.databaseID
        }
        if ownBooks.contains(where: { $0.systemIdentifiers.values.contains(found) }) {
            return [
                c.warning(
                    .dataDirectory,
                    "\(path) holds an earlier incarnation of the node, system identifier \(found)"
                        + (c.node.recordedSystemIdentifier.map { "; the record has \($0)" } ?? ""))
            ]
        }
        let recorded = c.node.recordedSystemIdentifier.map { "and the node's is \($0)" } ?? "and the record knows none"
        let detail = "\(path) holds another cluster: its system identifier is \(found), \(recorded)"
        if let server = c.node.server {
            return [
                c.refused(
                    .dataDirectory, "\(detail); a server runs in it with pid \(server.postmasterPID)",
                    hint: "if it may be overwritten, stop that server first; else correct the node's pgdata")
            ]
        }
        return [
            c.consent(
                .otherCluster, .dataDirectory, detail,
                hint: "correct the node's pgdata; if that cluster may be overwritten: "
                    + "--consent \(ConsentName.otherCluster.rawValue)")
        ]
    }

    /// Another instance's directory that is the same as `path`, inside it or around it.
    static func neighbour(of path: String, _ c: NodeCase) -> NeighbourDirectory? {
        c.neighbours.first { $0.overlaps(path) && !($0.databaseID == c.order.databaseID && $0.node == c.node.node) }
    }

    static func configuration(_ c: NodeCase) -> [CheckResult] {
        guard let problem = c.node.configurationProblem else {
            return [c.passed(.configuration, "the node's configuration files are at hand")]
        }
        return [
            c.refused(
                .configuration, "the node's own configuration cannot be put back after the restore: \(problem)",
                hint: "mend the file; what the node would run with otherwise is the source's configuration")
        ]
    }
}

extension NeighbourDirectory {
    /// Whether `other` is this directory, lies inside it or around it.
    func overlaps(_ other: String) -> Bool {
        let mine = path + "/"
        let theirs = other + "/"
        return mine.hasPrefix(theirs) || theirs.hasPrefix(mine)
    }
}
