import Foundation
import PositionedJSON

/// Shells in the place of programs that pgstanza runs, which can be held before, in the middle of and after their work.
///
/// Only pgstanza's own children are held: the server's archiver and its recovery run the same programs.
struct GatedPrograms: Sendable {
    let box: Sandbox
    /// For `orchestrator_opts.local`.
    let directory: String
    var pgbackrest: String { directory + "/pgbackrest" }

    private static let gated = ["pg_ctl", "pg_basebackup", "pgbackrest"]

    init(in box: Sandbox) async throws {
        self.box = box
        directory = try box.makeDirectory("gated")
        let programs = Workspace.postgresPrograms
        for name in try FileManager.default.contentsOfDirectory(atPath: programs) where !Self.gated.contains(name) {
            try FileManager.default.createSymbolicLink(
                atPath: directory + "/" + name, withDestinationPath: programs + "/" + name)
        }
        for name in Self.gated {
            let real = name == "pgbackrest" ? "/usr/bin/pgbackrest" : programs + "/" + name
            let script = """
                #!/bin/bash
                gate='\(gate(name))'
                if [ ! -e "$gate" ] || [ "$(cat /proc/$PPID/comm)" != pgstanza ]; then exec '\(real)' "$@"; fi
                hold() { echo $$ > "$gate.new"; mv "$gate.new" "$gate.held"; while [ -e "$gate" ]; do sleep 0.01; done; }
                case "$(cat "$gate")" in
                before)
                    hold
                    exec '\(real)' "$@"
                    ;;
                during)
                    '\(real)' "$@" &
                    case " $* " in *' restore '*) sleep 0.3 ;; *) sleep 0.003 ;; esac
                    # Stopped in the middle; one that was too quick for it lets everybody go on.
                    kill -STOP $! && hold
                    kill -CONT $!
                    wait $!
                    ;;
                after)
                    '\(real)' "$@"
                    status=$?
                    hold
                    exit $status
                    ;;
                esac
                """
            // Copied by another program: a file that this one has open while some thread forks cannot be run.
            let text = try box.write("out/\(name).sh", script + "\n")
            try await box.run(["install", "-m", "755", text, directory + "/" + name]).expect(exit: 0)
        }
    }

    /// Has a spec use them.
    func use(in draft: inout JSONTree) {
        draft = draft.replacing("spec", "orchestrator_opts", "local", "bin_dir", with: .string(directory))
            .replacing("spec", "orchestrator_opts", "local", "pgbackrest", with: ["bin": .string(pgbackrest)])
    }

    private func gate(_ name: String) -> String { directory + "/\(name).gate" }

    /// From now on the program waits before its work, in the middle of it or after it.
    func close(_ name: String, _ moment: KillField.Moment) throws {
        try box.write("gated/\(name).gate.text", moment.rawValue)
        guard rename(gate(name) + ".text", gate(name)) == 0 else {
            throw FixtureError("cannot close the gate of \(name)")
        }
    }

    /// The one that waits, when one does.
    func held(_ name: String) -> SandboxProcess? {
        pid_t(trimmed(readText(gate(name) + ".held"))).flatMap { SandboxProcess($0) }
    }

    func open(_ name: String) {
        for path in [gate(name), gate(name) + ".held"] { try? FileManager.default.removeItem(atPath: path) }
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
