import Catalog
import Failures
import FoundationEssentials
import Glibc
import Postgres

/// What lies at a data directory's place, whether a server runs on it or not.
public enum DataDirectoryState: Sendable {
    case missing
    case empty
    /// Holds files, and no cluster.
    case foreign
    /// A cluster that cannot be started as it is, with the reason.
    case damaged(String)
    case cluster(ControlData)
}

/// Whether an instance serves, and if not, why not.
public enum InstanceState: Sendable, Equatable {
    /// A server of this data directory is alive.
    case running(pid: Int32)
    /// A cluster that was shut down.
    case stopped
    /// A cluster whose server is gone without a shutdown: its pid file or its control data say so.
    case crashed
    case missing
    case empty
    /// The directory holds something that cannot be started as it is, with the reason.
    case damaged(reason: String)

    /// Whether a server process is alive.
    public var isRunning: Bool {
        if case .running = self { true } else { false }
    }

    /// The word for it, as `--json` gives it.
    public var name: String {
        switch self {
        case .running: "running"
        case .stopped: "stopped"
        case .crashed: "crashed"
        case .missing: "missing"
        case .empty: "empty"
        case .damaged: "damaged"
        }
    }

    /// The same for people, with what is known besides.
    public var text: String {
        switch self {
        case .running(let pid): "running (pid \(pid))"
        case .damaged(let reason): "damaged: \(reason)"
        default: name
        }
    }
}

extension NodeTools {
    /// Whether a server process of this data directory is alive.
    public func isRunning(_ instance: InstancePlacement) throws -> Bool {
        try PostmasterFile.alive(pgdata: instance.pgdata) != nil
    }

    /// What is on disk. Throws only when the directory may not be read (77).
    public func dataDirectoryState(
        _ instance: InstancePlacement, of node: NodePlacement
    ) async throws -> DataDirectoryState {
        let pgdata = instance.pgdata
        guard Directories.exists(pgdata) else { return .missing }
        let names = try Directory.names(in: pgdata)
        if names.isEmpty { return .empty }
        guard names.contains("PG_VERSION") || names.contains("global") else { return .foreign }
        guard names.contains("PG_VERSION") else { return .damaged("\(pgdata) has no PG_VERSION") }
        do {
            let programs = try programs(for: instance, of: node)
            return .cluster(try await ControlData.read(pgdata: pgdata, binDir: programs.binDir))
        } catch let error as any Failure {
            return .damaged(error.message)
        }
    }

    /// Whether the instance serves, and if not, why not. Never throws: what cannot be read is `damaged`.
    public func state(of instance: InstancePlacement, of node: NodePlacement) async -> InstanceState {
        do {
            let file = try PostmasterFile.read(pgdata: instance.pgdata)
            if let file, PostmasterFile.isAlive(pid: file.pid, pgdata: instance.pgdata) {
                return .running(pid: file.pid)
            }
            switch try await dataDirectoryState(instance, of: node) {
            case .missing: return .missing
            case .empty: return .empty
            case .foreign: return .damaged(reason: "\(instance.pgdata) holds files and no PG_VERSION")
            case .damaged(let reason): return .damaged(reason: reason)
            case .cluster(let control):
                return file == nil && control.isShutDown ? .stopped : .crashed
            }
        } catch {
            return .damaged(reason: (error as? any Failure)?.message ?? "\(error)")
        }
    }

    /// Removes what a dead server left behind to keep others out: its pid file and the lock of its socket, which
    /// would stop the next start as long as nobody has reaped the process.
    ///
    /// Throws `server-still-running` (73) when a process of it is alive.
    public func removeStalePostmasterFile(_ instance: InstancePlacement) throws {
        try PostmasterFile.removeStale(pgdata: instance.pgdata)
    }

    /// The last lines of what the server logs to while it starts; empty when there is no such file.
    public func lastLogLines(_ instance: InstancePlacement, of node: NodePlacement, count: Int) -> [String] {
        guard let handle = FileManager.default.contents(atPath: instance.logFile) else { return [] }
        let tail = handle.suffix(64 * 1024)
        return String(decoding: tail, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(count).map(String.init)
    }
}
