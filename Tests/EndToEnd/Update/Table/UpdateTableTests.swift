import PositionedJSON
import Testing

/// A database that goes from spec to spec: after each, exactly what had to change is different, and a second run finds
/// nothing to do.
@Suite struct UpdateTableTests {
    @Test func everyChangeDoesWhatItSaysAndNothingElse() async throws {
        try await withSandbox { box in
            var bench = try await UpdateBench.make(box, replicas: 1)
            let changes = try SpecChanges.all(box)
            #expect(changes.count >= 40 && Set(changes.map(\.name)).count == changes.count)
            var before = try await DatabaseState.read(box, id: bench.id)
            for change in changes {
                before = try await apply(change, &bench, before)
            }
            let killed = changes.filter { $0.killedAt != nil }.count
            print("\(changes.count) changes of a spec, \(killed) of them killed in the middle and run again")
            #expect(killed >= 8)
        }
    }

    private func apply(_ change: SpecChange, _ bench: inout UpdateBench, _ before: DatabaseState) async throws
        -> DatabaseState
    {
        try await change.drift?(bench)
        change.change(&bench.document)
        let command = ["db", "update", bench.id, try bench.file(bench.document), "--yes"]
        if let point = change.killedAt {
            try await bench.box.kill(at: point, command)
            try await bench.box.pgstanza(["db", "update", bench.id, "--yes"]).expect(exit: 0)
        } else {
            let done = try await bench.box.pgstanza(command + ["--json"]).expect(exit: 0).json()
            #expect(UpdateBench.actions(done) == change.actions, "\(change.name)")
        }
        let again = try await bench.box.pgstanza(command + ["--json"]).expect(exit: 0).json()
        #expect(UpdateBench.actions(again).isEmpty, "\(change.name): \(again.text(pretty: false)) is left to do")

        // A server that was told to read its files may take a moment until a new session sees it.
        var after = try await DatabaseState.read(bench.box, id: bench.id)
        for _ in 0..<20 where !change.complaints(after.changes(since: before), before).isEmpty {
            try await Task.sleep(for: .milliseconds(100))
            after = try await DatabaseState.read(bench.box, id: bench.id)
        }
        for complaint in change.complaints(after.changes(since: before), before) {
            Issue.record("\(change.name): \(complaint)")
        }
        try await change.check?(bench)
        return after
    }
}
