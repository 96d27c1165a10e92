import Spec
import TargetTime

@testable import Operations

/// Values that the restore's tests start from.
enum RestoreSamples {
    static let instant = Instant.parse(iso8601: "2026-03-01T12:00:00Z")!

    static func node(_ name: String, replicas: [String] = []) -> NodePlacement {
        let hosts = ["host-1"] + replicas
        let spec = DatabaseSpec(databaseName: "app", nodes: [NodeSpec(name: name, hostIDs: hosts)])
        let instances = hosts.enumerated().map { index, host in
            InstancePlacement(
                hostID: host, role: index == 0 ? .primary : .replica, isHere: true, pgdata: "/data/\(name)-\(host)",
                port: 6000 + index, socketDir: "/run/s", address: "127.0.0.1", binDir: nil, logFile: "/log/\(host)")
        }
        return NodePlacement(
            databaseID: "db1", databaseName: "app", spec: spec.effectiveNode(name)!, primary: instances[0],
            replicas: Array(instances.dropFirst()), superuser: "postgres", stanza: "db",
            pgbackrestProgram: "pgbackrest", backupConfigPath: "/h/\(name)/pgbackrest.backup.conf",
            restoreConfigPath: "/h/\(name)/pgbackrest.restore.conf", lockPath: "/h/lock", logPath: "/h/log",
            spoolPath: "/h/spool", confPath: "/h/conf", passfilePath: "/h/passfile")
    }

    static let book = BookReference(
        origin: .accepted(index: 0), databaseID: "db1", node: "n1", repositoryName: "local")

    static func order(
        target: RestoreTarget = .latest, isExclusive: Bool = false, options: [String: String] = [:],
        nodes: [String] = ["n1"], reenablesBackups: Bool = false
    ) -> RestoreOrder {
        RestoreOrder(
            databaseID: "db1", target: target, set: nil, targetTimeline: nil, isExclusive: isExclusive,
            options: options,
            nodes: nodes.map {
                NodeOrder(node: $0, sourceNode: $0, sourceDatabaseID: "db1", sourceDatabaseName: nil, books: [book])
            },
            consents: [], reenablesBackups: reenablesBackups)
    }

    static func source(_ node: String = "n1", timeline: UInt32? = 3) -> ChosenSource {
        ChosenSource(
            node: node, book: book, repositoryIdentity: "posix:/backups/databases/db1/local/\(node)#db",
            label: "20260301-010203F", setType: "full", setStopped: instant, timeline: timeline,
            systemIdentifier: "71", majorVersion: 15, bytes: 1_000_000, isNextToExpire: false, tablespaces: [:],
            links: [:], needsMarkerOn: nil)
    }
}
