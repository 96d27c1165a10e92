import Glibc

/// Finds the file that a command line's program means.
enum ProgramLookup {
    /// The absolute path of the executable.
    ///
    /// Looked up before the start because the library gives one and the same error for a program that is missing and
    /// one that may not be executed.
    static func locate(_ command: CommandLine) throws(ProcessError) -> String {
        let program = command.program
        guard !program.isEmpty, !program.utf8.contains(0) else {
            throw ProcessError(reason: .missing, command: command)
        }
        var notExecutable: String?
        for candidate in candidates(program, searchPath: command.environment["PATH"] ?? "") {
            switch state(of: candidate) {
            case .executable: return candidate
            case .notExecutable: notExecutable = notExecutable ?? candidate
            case .missing: continue
            }
        }
        if let notExecutable {
            throw ProcessError(reason: .notExecutable(notExecutable), command: command)
        }
        throw ProcessError(reason: .missing, command: command)
    }

    private static func candidates(_ program: String, searchPath: String) -> [String] {
        if program.hasPrefix("/") { return [program] }
        // A relative path would mean another file in every directory.
        if program.contains("/") { return [] }
        return searchPath.split(separator: ":").filter { $0.hasPrefix("/") }.map { $0 + "/" + program }
    }

    private enum FileState { case executable, notExecutable, missing }

    private static func state(of path: String) -> FileState {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == EACCES ? .notExecutable : .missing }
        guard status.st_mode & S_IFMT == S_IFREG else { return .missing }
        // The effective user's right, not the real user's, which plain access() would look at.
        return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? .executable : .notExecutable
    }
}
