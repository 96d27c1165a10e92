import Catalog
import Failures
import Glibc

/// Whether the home directory can be worked in.
struct HomeFindings {
    /// What a socket's path may take of its directory; `sun_path` has 108 bytes with the file's name in it.
    static let socketDirLimit = 100
    /// Bytes below which a warning is due: logs, copies of configuration and tasks want some room.
    static let lowSpace: Int64 = 100 << 20

    let home: Home

    var findings: [Finding] {
        var findings = [user, directory]
        if let information = try? FileInformation.of(home.path), information.isDirectory {
            findings += [permissions(information), space, locks, configuration]
        }
        return findings + [socketDir]
    }

    private var user: Finding {
        let name = HomeCheck.userName(geteuid())
        if geteuid() != 0 { return .ok("user", "running as \(name)") }
        guard getpwnam(HomeOwner.defaultUser) != nil else {
            return .failed(
                "user", "running as root, and there is no user \(HomeOwner.defaultUser) to become",
                hint: "install PostgreSQL, which makes that user")
        }
        return .ok("user", "root; commands run as the home's owner, \(HomeOwner.defaultUser) for a new home")
    }

    private var directory: Finding {
        do {
            guard let information = try FileInformation.of(home.path) else {
                return .warning(
                    "home", "\(home.path) is not there yet",
                    hint: "the first command that needs it makes it, when started as root; or: "
                        + "install -d -m 700 -o \(HomeOwner.defaultUser) \(home.path)")
            }
            guard information.isDirectory else {
                return .failed("home", "\(home.path) is not a directory", hint: "move it away, or use --home")
            }
            guard information.owner != 0 else {
                return .failed(
                    "home", "\(home.path) belongs to root, and Postgres does not run as root",
                    hint: HomeOwner.hintForRootsHome(home))
            }
            let owner = HomeCheck.userName(information.owner)
            guard information.owner == geteuid() || geteuid() == 0 else {
                return .failed(
                    "home", "\(home.path) belongs to \(owner), and you are \(HomeCheck.userName(geteuid()))",
                    hint: "sudo -u \(owner) pgstanza doctor")
            }
            return .ok("home", "\(home.path), owned by \(owner)")
        } catch {
            return .failed(
                "home", (error as? any Failure)?.message ?? "\(error)",
                hint: (error as? any Failure)?.hint ?? "use --home")
        }
    }

    private func permissions(_ information: FileInformation) -> Finding {
        let mode = String(information.mode, radix: 8)
        guard information.mode & 0o022 == 0 else {
            return .failed(
                "permissions", "others may write to \(home.path) (mode \(mode))", hint: "chmod 700 \(home.path)")
        }
        for database in (try? Databases(home: home).ids()) ?? [] {
            let path = home.databaseFile(database)
            if let file = (try? FileInformation.of(path)) ?? nil, file.mode & 0o077 != 0 {
                return .failed(
                    "permissions", "\(path) can hold secrets and others may read it", hint: "chmod 600 \(path)")
            }
        }
        return .ok("permissions", "mode \(mode)")
    }

    private var space: Finding {
        var status = statvfs()
        guard statvfs(home.path, &status) == 0 else {
            return .warning(
                "space", "cannot be seen: \(String(cString: strerror(errno)))", hint: "look at df \(home.path)")
        }
        let free = Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
        let text = "\(NumberText.bytes(free)) free for \(home.path)"
        if status.f_files > 0, status.f_favail == 0 {
            return .failed("space", "no inode is free for \(home.path)", hint: "remove files from that file system")
        }
        return free < Self.lowSpace
            ? .warning("space", text, hint: "make room, or move the home to a larger file system") : .ok("space", text)
    }

    /// Some network file systems cannot lock, or only pretend to.
    private var locks: Finding {
        let first = open(home.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let second = open(home.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer {
            close(first)
            close(second)
        }
        guard first >= 0, second >= 0 else {
            return .failed(
                "locks", "\(home.path) cannot be opened: \(String(cString: strerror(errno)))",
                hint: "open it to its owner: chmod 700 \(home.path)")
        }
        guard flock(first, LOCK_SH | LOCK_NB) == 0 else {
            return .failed(
                "locks", "the file system of \(home.path) cannot lock: \(String(cString: strerror(errno)))",
                hint: "put the home on a local file system")
        }
        guard flock(second, LOCK_EX | LOCK_NB) != 0 else {
            return .failed(
                "locks", "the file system of \(home.path) grants one lock twice",
                hint: "put the home on a local file system")
        }
        return .ok("locks", "locks work")
    }

    private var configuration: Finding {
        do {
            let configuration = try HostConfiguration.load(home)
            let host = configuration.hostID.map { "this host is \($0)" } ?? "every host id is taken to be this machine"
            return .ok("configuration", host)
        } catch {
            return .failed(
                "configuration", (error as? any Failure)?.message ?? "\(error)",
                hint: (error as? any Failure)?.hint ?? "mend \(home.configFile)")
        }
    }

    private var socketDir: Finding {
        let length = home.runDir.utf8.count
        guard length <= Self.socketDirLimit else {
            return .failed(
                "socket-dir", "\(home.runDir) has \(length) bytes, and a socket's address takes \(Self.socketDirLimit)",
                hint: "use a shorter --home, or set orchestrator_opts.local.socket_dir")
        }
        return .ok("socket-dir", home.runDir)
    }
}
