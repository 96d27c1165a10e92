import Catalog
import Failures
import Glibc
import PositionedJSON

/// Starting this command again in a session of its own, where no terminal can end it.
struct Detachment {
    /// Tells the new process the id that was promised for its task.
    static let taskVariable = "PGSTANZA_TASK"

    let context: CommandContext

    /// Starts it, waits until its task has begun, and prints the task's id.
    ///
    /// - Throws: ``CommandsError``; ``QuietExit`` when the new process failed before its task began, after
    ///   everything it said has been passed on.
    func start(_ description: TaskDescription) async throws {
        guard !context.arguments.contains("-") else {
            throw CommandsError(
                .usage, code: "detached-input", "standard input cannot be read by a detached task",
                hint: "put the request into a file")
        }
        let home = context.home
        let id = try context.tasks.newID(database: description.database)
        try Directory.make(home.tasksDir(description.database))
        let log = home.taskLog(description.database, task: id)
        let pid = try spawn(id: id, log: log)
        while !FileInformation.exists(home.taskFile(description.database, task: id)) {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                guard !FileInformation.exists(home.taskFile(description.database, task: id)) else { break }
                _ = Output.write((try? AtomicFile.readText(log)) ?? "", to: STDERR_FILENO)
                try AtomicFile.remove(log)
                // As wait(2) packs it: the exit code in the second byte, a signal in the lowest seven bits.
                throw QuietExit(status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        context.output.result(
            .object([
                "task": .string(id), "kind": .string(description.kind), "database": .string(description.database),
            ]), text: [id])
    }

    private func spawn(id: String, log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var variables = ["\(Self.taskVariable)=\(id)", "PGSTANZA_QUIET=1"]
        if let inputs = InputFiles.handDownAgain(&actions) { variables.append("\(InputFiles.variable)=\(inputs)") }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads that tasks run on have signals blocked, which a child would inherit: it could not be cancelled.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // 0x80 is POSIX_SPAWN_SETSID of glibc's spawn.h, which Swift does not import.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | 0x80)

        let arguments = context.arguments.filter { $0 != "--detach" && $0 != "--json" }
        var pid: pid_t = 0
        let result = CStrings.with(arguments) { argv in
            CStrings.with(Self.inheritedEnvironment(without: variables) + variables) { envp in
                posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else {
            let reason = SystemReason(result)
            throw CommandsError(
                .operation, code: "cannot-detach", "cannot start the task in the background: \(reason.text)",
                hint: reason.hint ?? "run it without --detach")
        }
        return pid
    }

    private static func inheritedEnvironment(without variables: [String]) -> [String] {
        let names = variables.map { $0.prefix { $0 != "=" } + "=" }
        var kept: [String] = []
        var pointer = environ
        while let entry = pointer.pointee {
            let text = String(cString: entry)
            if !names.contains(where: { text.hasPrefix($0) }) && !text.hasPrefix("PGSTANZA_JSON=") { kept.append(text) }
            pointer += 1
        }
        return kept
    }
}
