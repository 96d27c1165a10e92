/// Who started a postmaster and waits for it.
enum ParentProcess {
    /// Programs that keep their children running.
    private static let known: [String: String] = [
        "runsv": "sv down SERVICE, and sv up SERVICE afterwards",
        "supervisord": "supervisorctl stop PROGRAM, and supervisorctl start PROGRAM afterwards",
        "s6-supervise": "s6-svc -d SERVICEDIR, and s6-svc -u SERVICEDIR afterwards",
        "supervise": "svc -d SERVICEDIR, and svc -u SERVICEDIR afterwards",
        "circusd": "circusctl stop WATCHER, and circusctl start WATCHER afterwards",
        "pg_autoctl": "pg_autoctl enable maintenance, and pg_autoctl disable maintenance afterwards",
        "stolon-keeper": "stop the keeper",
    ]

    /// Init, what stands in for it (systemd of a user, of a container), and what a person types commands in.
    private static let harmless: Set<String> = [
        "init", "systemd", "tini", "docker-init", "dumb-init", "catatonit", "bash", "sh", "dash", "zsh", "fish", "su",
        "sudo", "runuser", "tmux: server", "screen", "sshd", "pg_ctl", "perl",
    ]

    static func supervisor(of postmaster: ProcessEntry) -> Supervisor? {
        guard postmaster.parent > 1, let parent = ProcessEntry(pid: postmaster.parent) else { return nil }
        return supervisor(parentName: parent.name, parentPID: parent.pid, arguments: parent.arguments)
    }

    static func supervisor(parentName: String, parentPID: Int32, arguments: [String]) -> Supervisor? {
        // supervisord and circusd are Python scripts: the program's name is that of the interpreter.
        let script = arguments.dropFirst().first { !$0.hasPrefix("-") }.map(lastPart)
        for name in [parentName, script].compactMap({ $0 }) {
            if let hold = known[name] {
                return Supervisor(
                    kind: .processSupervisor, name: "\(name) (process \(parentPID))", howToHold: hold)
            }
        }
        if harmless.contains(parentName) { return nil }
        return Supervisor(
            kind: .unknownParent, name: "\(parentName) (process \(parentPID)), the server's parent",
            howToHold: "see that it does not start the server again when it stops")
    }

    private static func lastPart(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
