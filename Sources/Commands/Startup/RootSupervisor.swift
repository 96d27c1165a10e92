import Catalog
import Failures
import Glibc

/// The root parent of a command that changes what the host's scheduler has to know.
///
/// The command itself runs as the home's owner, who may not write into the system's places. Where schedules of the home
/// are installed there, root stays as its parent: whenever the command says that schedules changed, the parent has
/// `schedule install` bring them up to date, and answers. Signals are passed on, and so is the exit code.
enum RootSupervisor {
    /// Two descriptors, for asking and for the answer.
    static let variable = "PGSTANZA_SUPERVISOR"

    /// Whether schedules of the home are installed in the system's places, as far as names tell.
    static func isNeeded(_ home: Home) -> Bool {
        guard getenv(variable) == nil else { return false }
        return SystemPlaces.hold(filesOf: home)
    }

    /// Runs the command line in a child, and ends this process with its exit code.
    static func run(_ arguments: [String], home: Home) throws -> Never {
        let asking = try pipeEnds()
        let answering = try pipeEnds()
        let child = try spawn(
            arguments, variable: "\(asking.write) \(answering.read)", inherits: [asking.write, answering.read])
        close(asking.write)
        close(answering.read)
        passOn(to: child)
        var byte: UInt8 = 0
        while true {
            let count = read(asking.read, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { break }
            let install = ["pgstanza", "schedule", "install", "--quiet", "--home", home.path]
            // What goes wrong there is said there; the command goes on.
            if let pid = try? spawn(install, variable: nil, inherits: []) { _ = wait(for: pid) }
            _ = write(answering.write, &byte, 1)
        }
        exit(wait(for: child))
    }

    private static func pipeEnds() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let reason = SystemReason(errno)
            throw CommandsError(
                .operation, code: "no-pipe", "cannot make a pipe: \(reason.text)", hint: reason.hint)
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(_ arguments: [String], variable value: String?, inherits: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // A descriptor that is duplicated onto itself is inherited (posix_spawn_file_actions_adddup2(3)).
        for descriptor in inherits { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }
        var environment: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            environment.append(String(cString: entry))
            pointer += 1
        }
        if let value { environment.append("\(variable)=\(value)") }
        var pid: pid_t = 0
        let result = CStrings.with(arguments) { argv in
            CStrings.with(environment) { envp in posix_spawn(&pid, "/proc/self/exe", &actions, nil, argv, envp) }
        }
        guard result == 0 else {
            let reason = SystemReason(result)
            throw CommandsError(
                .operation, code: "cannot-start", "cannot start the command: \(reason.text)", hint: reason.hint)
        }
        return pid
    }

    private static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { return 1 } }
        // As wait(2) packs it: the exit code in the second byte, a signal in the lowest seven bits.
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }

    private static func passOn(to child: pid_t) {
        supervised = child
        // ^C reaches the whole group by itself; this process only must not end of it.
        signal(SIGINT) { _ in }
        for number in [SIGTERM, SIGHUP] { signal(number) { kill(supervised, $0) } }
    }
}

/// Written once before any handler is set.
nonisolated(unsafe) private var supervised: pid_t = 0
