import Foundation
import Glibc

/// The living processes of a sandbox, by what they run.
struct SandboxProcess: Sendable {
    let pid: pid_t
    let parent: pid_t
    /// Last component of the program's path.
    let program: String
    let arguments: [String]

    func kill(_ signal: Int32 = SIGKILL) { _ = Glibc.kill(pid, signal) }

    /// Whether the process is still there and not merely waiting to be reaped.
    var isAlive: Bool { SandboxProcess(pid) != nil }

    init?(_ pid: pid_t) {
        let stat = readText("/proc/\(pid)/stat")
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 1, fields[0] != "Z", fields[0] != "X", let parent = pid_t(fields[1]) else { return nil }
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
        guard let program else { return nil }
        self.pid = pid
        self.parent = parent
        self.program = program.split(separator: "/").last.map(String.init) ?? ""
        arguments = readText("/proc/\(pid)/cmdline").split(separator: "\0").map(String.init)
    }

    static func all() -> [SandboxProcess] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
            .compactMap { SandboxProcess($0) }
    }

    /// Children of a process.
    static func children(of pid: pid_t) -> [SandboxProcess] { all().filter { $0.parent == pid } }
}

extension Sandbox {
    /// What belongs to the sandbox: its programs, its servers, and what has one of its files among its arguments.
    func processes() -> [SandboxProcess] {
        SandboxProcess.all().filter { process in
            guard process.pid != getpid() else { return false }
            let cwd = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.pid)/cwd")) ?? ""
            return (cwd + "/").hasPrefix(path + "/") || process.arguments.contains { $0.contains(path + "/") }
        }
    }

    /// Kills every process of the sandbox at once and waits until none is left.
    func cutPower() async throws {
        for _ in 0..<500 {
            let left = processes()
            if left.isEmpty { return }
            left.forEach { $0.kill() }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw FixtureError("processes outlive SIGKILL: \(processes())")
    }
}
