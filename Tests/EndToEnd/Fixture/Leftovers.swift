import Foundation
import Glibc

/// Ends what belongs to a sandbox and nothing else: processes that run in it, from it or on its files.
enum Leftovers {
    /// Takes down, once per run, sandboxes of earlier test runs that were killed: their names hold a process id that is gone.
    static let sweptOnce: Void = {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? [] where name.hasPrefix("pgs-") {
            let parts = name.split(separator: "-")
            guard parts.count == 3, let pid = pid_t(parts[1]), !FileManager.default.fileExists(atPath: "/proc/\(pid)")
            else { continue }
            var information = stat()
            guard lstat("/tmp/" + name, &information) == 0, information.st_mode & S_IFMT == S_IFDIR,
                information.st_uid == Account.current.uid || information.st_uid == geteuid()
            else { continue }
            for pid in processes(of: "/tmp/" + name) { kill(pid, SIGKILL) }
            remove("/tmp/" + name)
        }
    }()

    /// Stops the sandbox's servers, then kills whatever of it is still there.
    static func end(processesOf sandbox: String) async {
        // Programs first, or they start servers again behind our back.
        let servers = postmasters(under: sandbox)
        for pid in processes(of: sandbox) where !servers.contains(pid) && !isServerProcess(pid) { kill(pid, SIGKILL) }
        for pid in servers { kill(pid, SIGQUIT) }  // immediate shutdown
        for _ in 0..<200 where !postmasters(under: sandbox).isEmpty {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for _ in 0..<200 {
            let left = processes(of: sandbox)
            if left.isEmpty { return }
            for pid in left { kill(pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    static func remove(_ directory: String) {
        let remover = Process()
        remover.executableURL = URL(fileURLWithPath: "/bin/rm")
        remover.arguments = ["-rf", "--one-file-system", directory]
        try? remover.run()
        remover.waitUntilExit()
    }

    /// Live postmasters whose data directory is under `directory`: a stale pid file is not believed.
    private static func postmasters(under directory: String) -> Set<pid_t> {
        Set(
            processes(of: directory).filter { pid in
                guard let cwd = link("/proc/\(pid)/cwd") else { return false }
                let first = readText(cwd + "/postmaster.pid").split(separator: "\n").first.map(String.init)
                return first == String(pid)
            })
    }

    private static func isServerProcess(_ pid: pid_t) -> Bool {
        link("/proc/\(pid)/exe")?.hasSuffix("/postgres") ?? false
    }

    /// Processes with a working directory, an executable or an argument in `directory`.
    private static func processes(of directory: String) -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { pid in
            guard pid != getpid() else { return false }
            let places = [link("/proc/\(pid)/cwd"), link("/proc/\(pid)/exe")].compactMap { $0 }
            if places.contains(where: { ($0 + "/").hasPrefix(directory + "/") }) { return true }
            return readText("/proc/\(pid)/cmdline").contains(directory + "/") && !isZombie(pid)
        }
    }

    private static func isZombie(_ pid: pid_t) -> Bool { link("/proc/\(pid)/exe") == nil }

    private static func link(_ path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }
}
