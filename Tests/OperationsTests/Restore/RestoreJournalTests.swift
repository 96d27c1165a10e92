import FoundationEssentials
import Testing

@testable import Operations

@Suite struct RestoreJournalTests {
    private func journal() -> RestoreJournal {
        let plan = RestorePlan(
            madeAt: RestoreSamples.instant, order: RestoreSamples.order(nodes: ["n1", "n2"]),
            basis: PlanBasis(
                database: "db1", specRevision: 1, target: .latest, isExclusive: false, options: [:],
                reenablesBackups: false, nodes: []),
            sources: [], checks: [], subscriptions: [], steps: [], commands: [], expectedBytes: 0, expectedSeconds: 0)
        return RestoreJournal(id: "r1", plan: plan, at: RestoreSamples.instant, task: "t1")
    }

    @Test func theCurrentStepIsTheFirstThatIsNotDoneEverywhere() {
        var journal = journal()
        #expect(journal.currentStep == .removeSubscriptions)
        journal.steps[.removeSubscriptions]?["n1"]?.state = .done
        #expect(journal.currentStep == .removeSubscriptions)
        journal.steps[.removeSubscriptions]?["n2"]?.state = .warning
        #expect(journal.currentStep == .tearDownReplicas)
        for step in RestoreStepName.allCases {
            for node in journal.nodes { journal.steps[step]?[node]?.state = .done }
        }
        #expect(journal.currentStep == nil)
    }

    @Test func filesCountAsTouchedFromTheBeginningOfStepFive() {
        var journal = journal()
        for step in RestoreStepName.allCases.prefix(4) { journal.steps[step]?["n1"]?.state = .done }
        #expect(!journal.filesTouched)
        journal.steps[.restoreFiles]?["n2"]?.state = .running
        #expect(journal.filesTouched)
    }

    @Test func itComesBackFromDiskAsItWas() throws {
        var journal = journal()
        journal.steps[.stopPrimary]?["n1"]?.state = .failed
        journal.steps[.stopPrimary]?["n1"]?.detail = "why"
        journal.facts["n1"]?.rows = ["public.t": 3, "public.large": nil]
        let text = try JSONEncoder().encode(journal)
        #expect(try JSONDecoder().decode(RestoreJournal.self, from: text) == journal)
        // Steps are keys of an object, so that a person can read the file.
        #expect(String(decoding: text, as: UTF8.self).contains("\"stop-primary\":{"))
    }

    @Test func theStepsAreNumberedOneToEight() {
        #expect(RestoreStepName.allCases.map(\.number) == Array(1...8))
    }
}
