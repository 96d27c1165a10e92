import Foundation
import Glibc
import PositionedJSON
import TargetTime
import Testing

extension MeshBench {
    /// Runs pgstanza until it comes to a named point, where it waits until it is killed or let go on.
    func hold(at point: String, _ arguments: [String]) async throws -> RunningProgram {
        letGoOn()
        let program = try box.start(
            [box.executable] + arguments,
            environment: ["PGSTANZA_TEST_PAUSE": point, "PGSTANZA_TEST_PAUSED": pausedFile])
        try await program.comes(to: "the point \(point)") { box.exists(pausedFile) }
        return program
    }

    func letGoOn() { try? FileManager.default.removeItem(atPath: pausedFile) }

    /// Kills as the field says. Gives how pgstanza ended.
    @discardableResult
    func hurt(_ field: KillField, _ kill: KillField.Kill, _ arguments: [String]) async throws -> ProgramResult {
        let program = try await hold(at: kill.point, arguments)
        var children: [SandboxProcess] = []
        if let (name, moment) = kill.program {
            try gates.close(name, moment)
            letGoOn()
            try await program.comes(to: "\(name) in \(field.stepName)") {
                // The shell, and in the middle of its work the program that it runs; not what it waits with.
                guard let shell = gates.held(name) else { return false }
                children = [shell] + SandboxProcess.children(of: shell.pid).filter { $0.program != "sleep" }
                return true
            }
        }
        let pgstanza = try #require(SandboxProcess(program.pid))
        let named: [SandboxProcess] =
            switch field.victim {
            case .pgstanza, .everything: [pgstanza]
            case .child: children
            case .postgres: [try #require(server(kill.isReplica ? replica : one))]
            }
        // What the others of all have started may come to its end by itself meanwhile.
        let others =
            field.victim == .everything ? SandboxProcess.tree(named + [one, replica].compactMap(server)) : []
        guard !named.isEmpty, named.allSatisfy(\.isAlive), state(of: field.stepName) == "running" else {
            throw FixtureError("\(field): \(field.stepName) is \(state(of: field.stepName) ?? "?") at the kill")
        }
        let victims = named + others
        let struck = Instant.now()
        victims.forEach { $0.kill() }
        while victims.contains(where: \.isAlive) { try await Task.sleep(for: .milliseconds(1)) }
        if field.victim == .everything { try await endRest() }
        if let (name, _) = kill.program { gates.open(name) }
        letGoOn()
        let result = try await program.wait(timeLimit: 200)
        box.log.add("\(field): \(result.summary)")
        try requireDead(in: field, at: struck, result)
        return result
    }

    /// The journal shows that the step was under way when the process died.
    private func requireDead(in field: KillField, at struck: Instant, _ result: ProgramResult) throws {
        let entry = try journal()["steps"]?[field.stepName]?["n1"]
        let begun = entry?["startedAt"]?.stringValue.flatMap { Instant.parse(iso8601: $0) }
        let ended = entry?["endedAt"]?.stringValue.flatMap { Instant.parse(iso8601: $0) }
        guard let begun, begun <= struck, ended.map({ $0 >= struck }) ?? true else {
            throw FixtureError("\(field): the journal has another step: \(entry?.text(pretty: false) ?? "none")")
        }
        if field.victim == .pgstanza || field.victim == .everything {
            guard result.exitCode == 128 + SIGKILL, entry?["state"]?.stringValue == "running" else {
                throw FixtureError("\(field): \(entry?.text(pretty: false) ?? "no entry") after \(result.summary)")
            }
        }
    }

    /// Backends that outlived their postmaster, and what they had started.
    private func endRest() async throws {
        for _ in 0..<500 {
            let left = box.processes().filter { process in
                let cwd = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.pid)/cwd")) ?? ""
                return [one, replica].contains { cwd == $0.dataDirectory }
            }
            if left.isEmpty { return }
            left.forEach { $0.kill() }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw FixtureError("processes outlive SIGKILL")
    }

    private func server(_ instance: Instance) -> SandboxProcess? {
        instance.postmasterPID.flatMap { SandboxProcess($0) }.flatMap { $0.program == "postgres" ? $0 : nil }
    }

    private func journal() throws -> JSONTree {
        let root = box.home + "/databases/\(mesh.shop.id)/restores"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = names.max() else { throw FixtureError("no restore in \(root)") }
        return try JSONTree.parse(readText("\(root)/\(newest)/journal.json"))
    }

    func state(of step: String) -> String? { (try? journal())?["steps"]?[step]?["n1"]?["state"]?.stringValue }
}

extension SandboxProcess {
    /// Processes and all their descendants.
    static func tree(_ roots: [SandboxProcess]) -> [SandboxProcess] {
        let all = all()
        var found = roots
        var next = roots
        while !next.isEmpty {
            let parents = Set(next.map(\.pid))
            next = all.filter { process in
                parents.contains(process.parent) && !found.contains { $0.pid == process.pid }
            }
            found += next
        }
        return found
    }
}
