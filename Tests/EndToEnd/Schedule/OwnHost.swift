import Foundation
import Glibc

/// A host of a test's own as far as its schedulers go: a mount namespace in which the places of cron and systemd, the
/// host's zone and its mail program are the sandbox's. Nothing outside of it sees any of that.
///
/// No systemd is ever started in it: one would do to the machine what it does at boot.
struct OwnHost: Sendable {
    let box: Sandbox
    let pid: pid_t

    /// Whether such a namespace can be made, with Debian's cron in it.
    static let canRunCron: Bool = {
        guard Account.testsRunAsRoot, FileManager.default.isExecutableFile(atPath: "/usr/sbin/cron") else {
            return false
        }
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        probe.arguments = ["--mount", "/bin/true"]
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }()

    /// Where the sandbox keeps what lies in the system's places.
    var cronDirectory: String { box.path + "/cron.d" }
    var unitDirectory: String { box.path + "/units" }

    /// Makes one whose zone is `zone`, with cron running in it when `runsCron`; ended with the test.
    static func start(_ box: Sandbox, zone: String, runsCron: Bool) async throws -> OwnHost {
        for directory in ["cron.d", "units", "crontabs", "sbin", "overlay"] {
            mkdir(box.path + "/" + directory, 0o755)
        }
        // As Debian has it: the group of crontab(1), which others may not look into.
        chown(box.path + "/crontabs", 0, getgrnam("crontab")?.pointee.gr_gid ?? 0)
        chmod(box.path + "/crontabs", 0o1730)
        let mail = box.path + "/sbin/sendmail"
        try Data("#!/bin/sh\n(cat; echo END) >> \(box.path)/mail\n".utf8).write(to: URL(fileURLWithPath: mail))
        chmod(mail, 0o755)
        try box.write("mail", "", mode: 0o666)
        let script = try box.write(
            "own-host.sh",
            """
            set -e
            mount --make-rprivate /
            mount --bind \(box.path)/cron.d /etc/cron.d
            mount --bind \(box.path)/crontabs /var/spool/cron/crontabs
            mount --bind /dev/null /etc/crontab
            mount --bind \(box.path)/units /etc/systemd/system
            mount --bind /usr/share/zoneinfo/\(zone) /etc/localtime
            mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=\(box.path)/sbin,workdir=\(box.path)/overlay /usr/sbin
            mount -t tmpfs tmpfs /run
            touch \(box.path)/own-host-is-up
            exec \(runsCron ? "/usr/sbin/cron -f -L 15" : "sleep 1000")
            """)
        let program = try box.start(["unshare", "--mount", "/bin/sh", script], as: .tester)
        box.atEnd {
            program.signal(SIGCONT)
            program.signal(SIGTERM)
            _ = try? await program.wait(timeLimit: 10)
        }
        try await waitUntil("the namespace is there", timeLimit: 30) {
            if box.exists("own-host-is-up") { return true }
            guard kill(program.pid, 0) == 0 else { throw FixtureError(program.errorOutputSoFar) }
            return false
        }
        return OwnHost(box: box, pid: program.pid)
    }

    /// Has cron start nothing more.
    func holdCron() { kill(pid, SIGSTOP) }

    /// Runs pgstanza there, as root.
    @discardableResult
    func pgstanza(_ arguments: String..., as caller: Sandbox.Caller = .tester) async throws -> ProgramResult {
        let line = [box.executable] + arguments
        return try await box.run(
            ["nsenter", "--mount=/proc/\(pid)/ns/mnt", "--wd=\(box.path)"]
                + (caller == .account ? box.account.commandLine(line) : line), as: .tester, timeLimit: 180)
    }

    /// The texts of the files in one of the places, by name.
    func files(_ directory: String) -> [String: String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        return Dictionary(
            uniqueKeysWithValues: names.filter { !box.exists("\(directory)/\($0)/.") }.map {
                ($0, readText("\(directory)/\($0)"))
            })
    }
}
