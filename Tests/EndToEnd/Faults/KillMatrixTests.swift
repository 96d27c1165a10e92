import Foundation
import Testing

/// A restore beside a replica and a peer that is written to, with SIGKILL in every step: resumed, it ends as an
/// undisturbed one, in rows, replicas, subscriptions, configuration, files and processes.
///
/// `make faults` fills the whole grid and prints it. `PGSTANZA_TEST_FAULTS_LIKE` picks the fields whose names hold a text.
@Suite struct KillMatrixTests {
    private static let isWhole = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS"] == "all"
    private static let part = ProcessInfo.processInfo.environment["PGSTANZA_TEST_FAULTS_LIKE"]

    private static let fields: [KillField] =
        if let part { KillField.all.filter { $0.description.contains(part) } } else {
            isWhole ? KillField.all : KillField.sample
        }

    /// How many of the whole grid must have been possible.
    private static let least = 60

    @Test func resumedItEndsLikeAnUndisturbedOne() async throws {
        let book = GridBook(Self.fields)
        // Each lane hurts a mesh of its own.
        await withTaskGroup(of: Void.self) { group in
            for lane in 1...(Self.isWhole ? 2 : 1) { group.addTask { await work(lane, book) } }
        }
        print(await book.table())
        let (counted, failures) = await (book.counted, book.failures)
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n\n"))")
        let possible = Self.fields.filter { (try? $0.kill.get()) != nil }
        #expect(counted == possible.count)
        if Self.isWhole && Self.part == nil { #expect(counted >= Self.least) }
    }

    /// A mesh that something went wrong with is left, and a new one made for what remains.
    private func work(_ lane: Int, _ book: GridBook) async {
        var attempt = 0
        while await book.hasMore {
            attempt += 1
            do {
                try await withSandbox("resumedItEndsLikeAnUndisturbedOne-\(lane)-\(attempt)") { box in
                    let bench = try await MeshBench(box)
                    while let (field, kill) = await book.take() {
                        let started = ContinuousClock.now
                        let way = Self.way(field, kill)
                        do {
                            try await bench.hurtAndMend(field, kill, way)
                            await book.enter(field, "counted, \(way), \(started.duration(to: .now).wholeSeconds) s")
                        } catch {
                            await book.enter(field, failure: error)
                            throw error
                        }
                    }
                }
            } catch {
                await book.add(failure: error)
            }
        }
    }

    /// In every step some from one place and some from the other.
    private static func way(_ field: KillField, _ kill: KillField.Kill) -> MeshBench.Way {
        if kill.reenablesBackups { return .ownReenabled }
        // Only a node that archives runs a program in step 3.
        if field.step == 3, field.victim == .child { return .own }
        let number =
            field.step + (KillField.Victim.allCases.firstIndex(of: field.victim) ?? 0)
            + (KillField.Moment.allCases.firstIndex(of: field.moment) ?? 0)
        return number % 2 == 0 ? .own : .peers
    }
}

/// What became of each field of the grid.
private actor GridBook {
    private let fields: [KillField]
    private var rest: [(KillField, KillField.Kill)]
    private var entries: [String: String] = [:]
    private(set) var counted = 0
    private(set) var failures: [String] = []

    init(_ fields: [KillField]) {
        self.fields = fields
        rest = fields.compactMap { field in (try? field.kill.get()).map { (field, $0) } }
        for field in fields {
            if case .failure(let impossible) = field.kill {
                entries[field.description] = "impossible: \(impossible.reason)"
            }
        }
    }

    var hasMore: Bool { !rest.isEmpty }
    func take() -> (KillField, KillField.Kill)? { rest.isEmpty ? nil : rest.removeFirst() }

    func enter(_ field: KillField, _ text: String) {
        counted += 1
        entries[field.description] = text
        say("fault: \(field): \(text)")
    }

    func enter(_ field: KillField, failure: any Error) {
        entries[field.description] = "FAILED"
        say("fault: \(field): FAILED: \(failure)")
    }

    func add(failure: any Error) {
        failures.append("\(failure)")
        // One that cannot even make a mesh would try for ever.
        if failures.count > 20 { rest = [] }
    }

    /// At once, and not when a buffer is full: the whole takes long.
    private func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    func table() -> String {
        let width = fields.map(\.description.count).max() ?? 0
        let lines = fields.map { field in
            field.description.padding(toLength: width + 2, withPad: " ", startingAt: 0)
                + (entries[field.description] ?? "not tried")
        }
        let impossible = entries.values.filter { $0.hasPrefix("impossible") }.count
        return
            (["what was killed, when, where"] + lines
            + ["sum: \(counted) counted, \(impossible) impossible, of \(fields.count)"]).joined(separator: "\n")
    }
}

extension Duration {
    fileprivate var wholeSeconds: Int64 { components.seconds }
}
