import Catalog
import Failures
import FoundationEssentials
import TargetTime
import Testing

@testable import Operations

/// What a disk or a person can do to a journal: it is read as it was written, or refused, never read as another one.
@Suite struct JournalDamageTests {
    private let home: Home
    private let directory: String
    private let whole: [UInt8]
    /// Without a checksum, as an older version wrote it.
    private let unsealed: [UInt8]

    init() throws {
        home = Home(path: "/tmp/pgstanza-journal-\(UUID().uuidString.prefix(8))")
        let id = try Restores(home: home, database: "db1").create(now: RestoreSamples.instant)
        directory = home.restoreDir("db1", restore: id)
        let plan = RestorePlan(
            madeAt: RestoreSamples.instant, order: RestoreSamples.order(nodes: ["n1", "n2"]),
            basis: PlanBasis(
                database: "db1", specRevision: 1, target: .latest, isExclusive: false, options: [:],
                reenablesBackups: false, nodes: []),
            sources: [RestoreSamples.source()], checks: [], subscriptions: [], steps: [], commands: [],
            expectedBytes: 0,
            expectedSeconds: 0)
        try SealedDocument.write(plan, to: directory + "/plan.json")
        var journal = RestoreJournal(id: id, plan: plan, at: RestoreSamples.instant, task: "t1")
        journal.steps[.removeSubscriptions]?["n1"] = .init(
            state: .done, startedAt: RestoreSamples.instant, endedAt: RestoreSamples.instant, detail: nil)
        journal.facts["n1"]?.savedConfiguration = directory + "/n1/conf"
        journal.facts["n1"]?.replicasMovedAside = ["host-2": "/data/replica.before-\(id)"]
        try SealedDocument.write(journal, to: directory + "/journal.json")
        whole = try AtomicFile.read(directory + "/journal.json")
        unsealed = Array(try StateDocument.text(journal).utf8)
    }

    private func removed(_ body: () throws -> Void) rethrows {
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        try body()
    }

    private func read(_ bytes: [UInt8]) throws -> RestoreJournal? {
        try Data(bytes).write(to: URL(fileURLWithPath: directory + "/journal.json"))
        return try EarlierRestore.find("db1", home: home)?.journal
    }

    @Test func cutAnywhereItIsRefused() throws {
        try removed {
            let journal = try read(whole)
            var refused = 0
            for end in 0..<whole.count {
                do {
                    // Nothing but white space was cut off.
                    #expect(try read(Array(whole[..<end])) == journal, "cut at \(end)")
                } catch let error as OperationError {
                    #expect(error.code == "journal-damaged" && error.hint?.contains("pg_hba.conf") == true)
                    refused += 1
                }
            }
            #expect(refused >= whole.count - 2)
        }
    }

    /// Changed in one bit, in the case of a letter, and into something that is no text.
    @Test func withAByteChangedItIsRefused() throws {
        try removed {
            let journal = try read(whole)
            var refused = 0
            let masks: [UInt8] = [0x01, 0x20, 0x80]
            let places = Array(stride(from: 0, to: whole.count, by: 4))
            for (number, place) in places.enumerated() {
                var changed = whole
                changed[place] ^= masks[number % masks.count]
                do {
                    // Where the checksum's own name changed, all the rest is as it was.
                    #expect(try read(changed) == journal, "byte \(place)")
                } catch let error as OperationError {
                    #expect(error.code == "journal-damaged")
                    refused += 1
                }
            }
            #expect(refused > places.count - 20)
        }
    }

    @Test func withAByteOfThePlanChangedItIsRefused() throws {
        try removed {
            let plan = try AtomicFile.read(directory + "/plan.json")
            let whole = try #require(try read(self.whole))
            let read = try #require(try EarlierRestore.find("db1", home: home)).plan
            for place in stride(from: 0, to: plan.count, by: 9) {
                var changed = plan
                changed[place] ^= 0x01
                try Data(changed).write(to: URL(fileURLWithPath: directory + "/plan.json"))
                do {
                    let found = try #require(try EarlierRestore.find("db1", home: home))
                    #expect(found.plan == read && found.journal == whole, "byte \(place)")
                } catch let error as OperationError {
                    #expect(error.code == "journal-damaged")
                }
            }
        }
    }

    @Test func anOlderOneWithoutAChecksumIsRead() throws {
        try removed {
            let journal = try #require(try read(whole))
            let older = try read(unsealed)
            #expect(older == journal)
        }
    }

    @Test func oneThatSpeaksOfOtherNodesOrAnotherRestoreIsRefused() throws {
        removed {
            let text = String(decoding: unsealed, as: UTF8.self)
            for (old, new) in [
                ("\"format\" : 1", "\"format\" : 2"), ("\"db1\"", "\"db2\""), ("\"n2\"", "\"n3\""),
                ("\"done\"", "\"dome\""), ("20260301", "20260302"), ("\"remove-subscriptions\"", "\"remove\""),
            ] {
                let changed = text.replacing(old, with: new)
                #expect(changed != text, "\(old)")
                let error = #expect(throws: OperationError.self) { try read(Array(changed.utf8)) }
                #expect(error?.code == "journal-damaged", "\(old)")
            }
        }
    }

    @Test func aPlanThatIsGoneOrCutIsRefused() throws {
        try removed {
            let plan = try AtomicFile.read(directory + "/plan.json")
            for end in stride(from: 0, to: plan.count - 2, by: 10) {
                try Data(plan[..<end]).write(to: URL(fileURLWithPath: directory + "/plan.json"))
                let error = #expect(throws: OperationError.self) { try read(whole) }
                #expect(error?.code == "journal-damaged")
            }
        }
    }

    /// A clock that was set back does not make a newer restore an older one.
    @Test func theNewestRestoreIsTheLastThatBeganWhateverTheClockSays() throws {
        try removed {
            let restores = try Restores(home: home, database: "db1")
            let before = try #require(try restores.latest())
            let later = try restores.create(now: RestoreSamples.instant.adding(seconds: -86_400))
            #expect(later > before)
            #expect(try restores.latest() == later)
        }
    }
}
