import Foundation

/// Lets a few tests at a time run servers, the others wait.
///
/// Each test starts several Postgres instances and compresses files; more at once than the cores can carry only
/// makes time limits meaningless. One more than there are cores, since a test waits for disks and clocks about a third of
/// its time. `PGSTANZA_TEST_WIDTH` changes the number.
actor Turnstile {
    static let shared = Turnstile(
        width: ProcessInfo.processInfo.environment["PGSTANZA_TEST_WIDTH"].flatMap(Int.init)
            ?? max(2, ProcessInfo.processInfo.activeProcessorCount + 1))

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(width: Int) { free = max(1, width) }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
