import Catalog
import FoundationEssentials
import Glibc

/// Finds out who else works on a node, without taking a lock.
struct BusyNode {
    var home: Home

    /// One sentence; nil when nobody does.
    func holder(_ node: NodePlacement) -> String? {
        var subjects: [LockSubject] = [
            .database(node.databaseID), .node(database: node.databaseID, node: node.name),
        ]
        if Directory.isDirectory(node.primary.pgdata) { subjects.append(.dataDirectory(node.primary.pgdata)) }
        for subject in subjects {
            // An operation looks again under its own locks.
            guard let holder = FileLock.holder(of: subject, in: home), holder.process.pid != getpid() else { continue }
            return "\(subject.text) is in use by process \(holder.process.pid) (\(holder.command))"
        }
        return pgbackrest(node)
    }

    private struct LockFile: Decodable {
        var pid: Int32?
    }

    /// A pgbackrest that was started by hand or by cron with the node's lock directory: its lock files are JSON with
    /// its process id, and stay behind when it is killed.
    private func pgbackrest(_ node: NodePlacement) -> String? {
        for name in (try? Directory.names(in: node.lockPath)) ?? []
        where name.hasPrefix(node.stanza + "-") && name.hasSuffix(".lock") && !name.contains("archive") {
            guard let data = FileManager.default.contents(atPath: "\(node.lockPath)/\(name)"),
                let pid = (try? JSONDecoder().decode(LockFile.self, from: data))?.pid,
                let command = ProcessIdentity.commandLine(of: pid), command.contains("pgbackrest")
            else { continue }
            return "pgbackrest works on the stanza: process \(pid) (\(command))"
        }
        return nil
    }
}
