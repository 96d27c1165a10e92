import Glibc
import Postgres
import Processes

/// Names of operating system users.
enum UserName {
    /// The name of a user id, or the number where it has none.
    static func of(_ id: UInt32) -> String {
        guard let entry = getpwuid(id) else { return String(id) }
        return String(cString: entry.pointee.pw_name)
    }
}

/// Where programs are.
enum ProgramPath {
    /// The absolute path of a program that is named or given by path; nil when there is none that can be run.
    static func find(_ program: String) -> String? { ProcessRunner.find(program) }
}

/// Where running programs come from.
enum DirectoryOfProgram {
    /// The directory of a process's program; nil when it cannot be seen.
    static func of(pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/\(pid)/exe", &buffer, Int(PATH_MAX))
        guard count > 0 else { return nil }
        var path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Replaced by an upgrade while it runs.
        if path.hasSuffix(" (deleted)") { path = String(path.dropLast(" (deleted)".count)) }
        return Directories.parent(of: path)
    }
}

/// The port of a server that runs.
enum PostmasterPort {
    /// nil when no server of this data directory is alive.
    static func of(pgdata: String) throws -> Int? { try PostmasterFile.alive(pgdata: pgdata)?.port }
}
