import Catalog
import Failures
import Glibc
import Synchronization

/// The files that the command line names, read with the rights of whoever started the program.
///
/// Started as root, a spec may be readable by root only: the root parent opens what is named before it gives up its
/// rights, and the descriptors come down through the exec. The environment variable tells which is which.
enum InputFiles {
    static let variable = "PGSTANZA_INPUTS"

    /// A file that was opened as root, by the text that names it.
    struct Opened {
        let name: String
        let descriptor: Int32
        let isRelative: Bool
    }

    private static let inherited = Mutex<[String: Int32]>([:])

    /// Opens, as root, every regular file that an argument or an option's value names.
    static func openForOwner(_ arguments: some Sequence<String>) -> [Opened] {
        var names: Set<String> = []
        for argument in arguments {
            if !argument.hasPrefix("-") { names.insert(argument) }
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
                names.insert(String(argument[argument.index(after: equals)...]))
            }
        }
        return names.sorted().compactMap { name in
            guard !name.isEmpty, !name.contains("\n") else { return nil }
            // Not blocking, or a fifo without a writer would hold us here for ever.
            let descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { return nil }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                return nil
            }
            return Opened(name: name, descriptor: descriptor, isRelative: !name.hasPrefix("/"))
        }
    }

    /// Lets the exec inherit those that the present user cannot open himself; closes the others.
    static func handDown(_ opened: [Opened], keptDirectory: Bool) throws {
        var lines: [String] = []
        for file in opened {
            if access(file.name, R_OK) == 0, keptDirectory || !file.isRelative {
                close(file.descriptor)
            } else {
                guard fcntl(file.descriptor, F_SETFD, 0) == 0 else {
                    throw CommandsError(.defect, code: "cannot-hand-down", "cannot hand down \(file.name)")
                }
                lines.append("\(file.descriptor) \(file.name)")
            }
        }
        if lines.isEmpty {
            unsetenv(variable)
        } else {
            setenv(variable, lines.joined(separator: "\n"), 1)
        }
    }

    /// Takes over what the root parent handed down, so that no child sees it.
    static func takeOver() {
        guard let value = getenv(variable) else { return }
        let lines = String(cString: value).split(separator: "\n")
        unsetenv(variable)
        inherited.withLock { table in
            for line in lines {
                guard let blank = line.firstIndex(of: " "), let descriptor = Int32(line[..<blank]), descriptor > 2,
                    fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
                else { continue }
                table[String(line[line.index(after: blank)...])] = descriptor
            }
        }
    }

    /// Hands them on to a program that is about to be spawned; gives the variable's value, nil when there are none.
    static func handDownAgain(_ actions: inout posix_spawn_file_actions_t) -> String? {
        let files = inherited.withLock { $0 }
        // A descriptor that is duplicated onto itself is inherited (posix_spawn_file_actions_adddup2(3)).
        for descriptor in files.values { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }
        return files.isEmpty ? nil : files.map { "\($0.value) \($0.key)" }.sorted().joined(separator: "\n")
    }

    /// The content of the file that `argument` names; `-` is standard input.
    ///
    /// - Throws: ``CommandsError`` or `CatalogError` when it cannot be read.
    static func read(_ argument: String) throws -> [UInt8] {
        if argument == "-" { return try readAll(STDIN_FILENO, name: "standard input") }
        if let descriptor = inherited.withLock({ $0[argument] }) {
            lseek(descriptor, 0, SEEK_SET)
            return try readAll(descriptor, name: argument)
        }
        // A process substitution's pipe belongs to whoever made it and cannot be opened again by another user.
        for prefix in ["/dev/fd/", "/proc/self/fd/"] where argument.hasPrefix(prefix) {
            if let descriptor = Int32(argument.dropFirst(prefix.count)) {
                return try readAll(descriptor, name: argument)
            }
        }
        if argument == "/dev/stdin" { return try readAll(STDIN_FILENO, name: argument) }
        if Directory.isDirectory(argument) {
            throw CommandsError(
                .notFound, code: "no-such-file", "\(argument) is a directory, and a file is needed",
                hint: "name the file in it")
        }
        return try AtomicFile.read(argument)
    }

    /// The name that messages give to what `argument` names.
    static func displayName(_ argument: String) -> String { argument == "-" ? "standard input" : argument }

    private static func readAll(_ descriptor: Int32, name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw CommandsError(
                    .notFound, code: "cannot-read", "cannot read \(name): \(String(cString: strerror(errno)))",
                    hint: "save it to a file and name that")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
