import Processes
import TargetTime

/// Whether the clock can be trusted: recovery targets and schedules are times.
enum ClockFinding {
    static func look(now: Instant = .now()) async -> Finding {
        guard CivilTime(now).year >= 2025 else {
            return .failed(
                "clock", "it says \(now.wholeSeconds), which is in the past", hint: "set the clock, best with NTP")
        }
        return switch await isSynchronised() {
        case true?: .ok("clock", "\(now.wholeSeconds), synchronised")
        case nil: .ok("clock", "\(now.wholeSeconds); whether it is synchronised is not known here")
        case false?:
            .warning(
                "clock", "\(now.wholeSeconds); no time service keeps it right",
                hint: "let chrony or systemd-timesyncd keep the clock; recovery targets are times")
        }
    }

    /// What the kernel thinks, as timedatectl says it; nil where that cannot be asked, as in a container.
    private static func isSynchronised() async -> Bool? {
        guard let program = ProcessRunner.find("timedatectl") else { return nil }
        let command = CommandLine(program: program, arguments: ["show", "--property=NTPSynchronized", "--value"])
        let result = try? await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 10))
        guard let result, result.exit.isSuccess else { return nil }
        return switch result.output.first {
        case "yes": true
        case "no": false
        default: nil
        }
    }
}
