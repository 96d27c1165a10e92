import Glibc

extension RunningProgram {
    /// Waits until the program has come to the place that `what` names, as `isReached` tells; ends it and throws when it
    /// does not get there.
    func comes(to what: String, _ isReached: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !isReached() {
            guard SandboxProcess(pid) != nil, ContinuousClock.now < deadline else {
                signal(SIGKILL)
                let result = try await wait()
                throw FixtureError("never came to \(what): \(result.summary)")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
