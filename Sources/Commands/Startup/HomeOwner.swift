import Catalog
import Failures
import Glibc

/// Becoming the owner of the home directory when started as root.
///
/// It must happen before any other thread exists, and it ends in an exec: nothing that ran as root, no open file and
/// no credential, is left in the process that does the work.
enum HomeOwner {
    /// Who owns a home that pgstanza makes.
    static let defaultUser = "postgres"

    /// How much a command needs the home.
    enum Need {
        /// Not at all: it looks at files only.
        case none
        /// It says what is wrong with it.
        case tolerant
        /// It cannot do without.
        case required
    }

    /// Returns when this process may go on as it is; else becomes the home's owner and starts over.
    ///
    /// - Throws: ``CommandsError`` when there is nobody to become, or the home belongs to root.
    static func become(home: Home, need: Need, mayMake: Bool, arguments: [String]) throws {
        guard geteuid() == 0, need != .none else { return }
        do {
            let user = try owner(of: home, mayMake: mayMake && need == .required)
            let inputs = InputFiles.openForOwner(arguments.dropFirst())
            let keptDirectory = try drop(to: user)
            try InputFiles.handDown(inputs, keptDirectory: keptDirectory)
            try restart(arguments, home: home)
        } catch {
            if need == .tolerant { return }
            throw error
        }
    }

    struct User {
        let name: String
        let uid: uid_t
        let gid: gid_t
        let directory: String
    }

    /// The owner of the home, which is made when it is missing.
    private static func owner(of home: Home, mayMake: Bool) throws -> User {
        if let directory = try FileInformation.of(home.path) {
            guard directory.isDirectory else {
                throw CommandsError(
                    .notPermitted, code: "bad-home", "the home directory \(home.path) is not a directory",
                    hint: hintForAnotherHome)
            }
            guard directory.owner != 0 else {
                throw CommandsError(
                    .notPermitted, code: "home-of-root",
                    "the home directory \(home.path) belongs to root, and Postgres does not run as root",
                    hint: hintForRootsHome(home))
            }
            if let user = user(directory.owner) { return user }
            return User(name: String(directory.owner), uid: directory.owner, gid: directory.group, directory: "/")
        }
        guard let entry = getpwnam(defaultUser) else {
            throw CommandsError(
                .unavailable, code: "no-postgres-user",
                "there is no user \"\(defaultUser)\" to make the home directory \(home.path) for",
                hint: "install PostgreSQL, which makes that user, or make the directory for another: "
                    + "install -d -m 700 -o USER \(home.path)")
        }
        let user = User(entry)
        if mayMake { try make(home.path, for: user) }
        return user
    }

    /// What to do about a home that can be none.
    static let hintForAnotherHome = "move that away, or name another: --home DIR, or PGSTANZA_HOME"

    /// How to mend a home of root's; giving away a directory that holds other things would be worse than the error.
    static func hintForRootsHome(_ home: Home) -> String {
        let own: Set<String> = ["config.json", "databases", "locks", "next-due", "run", "scheduler"]
        guard let names = try? Directory.names(in: home.path), own.isSuperset(of: names) else {
            return "it holds other things too: name a directory of its own with --home or PGSTANZA_HOME"
        }
        return "chown -R \(defaultUser): \(home.path)"
    }

    private static func make(_ path: String, for user: User) throws {
        // What is missing above it stays root's and open to all, as a package would make it.
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        try Directory.make("/" + parent, mode: 0o755)
        try Directory.make(path, mode: 0o700)
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fchown(descriptor, user.uid, user.gid) == 0 else {
            throw failure("give the home directory \(path) to \(user.name)")
        }
    }

    /// Gives whether the working directory could be kept.
    private static func drop(to user: User) throws -> Bool {
        guard initgroups(user.name, user.gid) == 0, setgid(user.gid) == 0, setuid(user.uid) == 0,
            getuid() == user.uid, geteuid() == user.uid, getegid() == user.gid
        else { throw failure("become the user \(user.name)") }
        setenv("HOME", user.directory, 1)
        setenv("USER", user.name, 1)
        setenv("LOGNAME", user.name, 1)
        // Where the new user may not be, relative paths would fail in ways that are hard to understand.
        if access(".", X_OK) == 0 { return true }
        chdir("/")
        return false
    }

    private static func restart(_ arguments: [String], home: Home) throws {
        // As absolute path: it may have been said relative to a working directory that is left.
        var arguments = arguments
        if let index = arguments.firstIndex(of: "--home"), index + 1 < arguments.count {
            arguments[index + 1] = home.path
        } else if let index = arguments.firstIndex(where: { $0.hasPrefix("--home=") }) {
            arguments[index] = "--home=" + home.path
        } else {
            setenv("PGSTANZA_HOME", home.path, 1)
        }
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        execv("/proc/self/exe", &pointers)
        throw failure("start again as another user")
    }

    private static func user(_ uid: uid_t) -> User? { getpwuid(uid).map(User.init) }

    private static func failure(_ what: String) -> CommandsError {
        CommandsError(
            .notPermitted, code: "cannot-become-owner", "cannot \(what): \(SystemReason(errno).text)",
            hint: "run it as the owner of the home directory")
    }
}

extension HomeOwner.User {
    fileprivate init(_ entry: UnsafeMutablePointer<passwd>) {
        self.init(
            name: String(cString: entry.pointee.pw_name), uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid,
            directory: String(cString: entry.pointee.pw_dir))
    }
}
