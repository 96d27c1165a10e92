import Failures
import Replication
import Spec
import Testing

@testable import Operations

/// How the nodes of a new database are connected.
@Suite struct MeshChooserTests {
    private func node(
        _ name: String, asked: ReplicationOptions.Provider? = nil, major: Int = 15,
        installed: Set<ReplicationProvider> = [.pglogical], isAdopted: Bool = false, from: RestoreConfig? = nil,
        own: MeshCandidate.ServerSettings? = nil, walLevel: String? = nil
    ) -> MeshCandidate {
        MeshCandidate(
            name: name, asked: asked,
            facts: MeshCandidate.Facts(
                binDir: "/pg/bin", major: major, installed: installed, isAdopted: isAdopted,
                restored: from, own: own, specWALLevel: walLevel))
    }

    private func choose(_ nodes: [MeshCandidate], remembered: ReplicationProvider? = nil) throws -> Mesh? {
        try MeshChooser(nodes: nodes, remembered: remembered).choose().mesh
    }

    private func refusal(_ nodes: [MeshCandidate]) -> OperationError? {
        do {
            _ = try choose(nodes)
            return nil
        } catch {
            return error as? OperationError
        }
    }

    @Test func whatIsAskedFor() throws {
        let nodes = [node("n1", asked: .pglogical), node("n2", asked: .pglogical), node("n3")]
        #expect(try choose(nodes) == Mesh(provider: .pglogical, nodes: ["n1", "n2", "n3"]))
    }

    @Test func whatIsFound() throws {
        func found(_ major: Int, _ installed: Set<ReplicationProvider>) throws -> ReplicationProvider? {
            try choose(["n1", "n2"].map { node($0, major: major, installed: installed) })?.provider
        }
        #expect(try found(15, [.spock, .pglogical]) == .spock)
        #expect(try found(15, [.pglogical]) == .pglogical)
        #expect(try found(16, []) == .native)
        #expect(try found(15, []) == nil)
        // One of them has it, and the other not.
        #expect(try choose([node("n1", installed: [.spock]), node("n2", installed: [])]) == nil)
        // What was chosen when a create began that was cut short.
        #expect(
            try choose(["n1", "n2"].map { node($0, installed: [.spock, .pglogical]) }, remembered: .pglogical)?.provider
                == .pglogical)
    }

    @Test func nodesByThemselves() throws {
        #expect(try choose([node("n1", asked: .pglogical)]) == nil)
        #expect(try choose([node("n1", asked: ReplicationOptions.Provider.none), node("n2")]) == nil)
        let three = [node("n1"), node("n2", asked: ReplicationOptions.Provider.none), node("n3")]
        #expect(try choose(three)?.nodes == ["n1", "n3"])
        // A cluster that was there keeps its own, unless it is asked for.
        let running = MeshCandidate.ServerSettings(walLevel: "logical", libraries: ["pglogical"])
        let adopted = [node("n1", isAdopted: true, own: running), node("n2")]
        #expect(try choose(adopted) == nil)
        #expect(try MeshChooser(nodes: adopted).choose().warning?.contains("as connected as they are") == true)
    }

    @Test func nodesOfOtherHostsAreTakenOnTrust() throws {
        let far = MeshCandidate(name: "n2", asked: nil, facts: nil)
        #expect(try choose([node("n1"), far])?.nodes == ["n1", "n2"])
    }

    @Test func whatCanOnlyGoWrong() {
        let two = refusal([node("n1", asked: .spock), node("n2", asked: .pglogical)])
        #expect(two?.code == "two-providers" && two?.kind == .invalidInput)
        let native = refusal([node("n1", asked: .native, major: 16), node("n2", asked: .native, major: 15)])
        #expect(native?.code == "native-needs-16" && native?.kind == .invalidInput)
        #expect(native?.message.contains("n2 runs 15") == true)
        let missing = refusal([node("n1", asked: .spock), node("n2")])
        #expect(missing?.code == "provider-missing" && missing?.kind == .unavailable)
        #expect(missing?.message.contains("/pg/bin") == true)
        let level = refusal([node("n1", asked: .pglogical, walLevel: "minimal"), node("n2")])
        #expect(level?.code == "wal-level" && level?.kind == .invalidInput)
    }

    @Test func nodesFromBackupsBeginWithTheSameRowsOrStayApart() throws {
        let one = RestoreConfig(sourceDatabaseID: "shop", sourceNodeName: "n1")
        let two = RestoreConfig(sourceDatabaseID: "shop", sourceNodeName: "n2")
        let past = RestoreConfig(
            sourceDatabaseID: "shop", sourceNodeName: "n1", restoreOptions: ["type": "immediate"])
        #expect(try choose([node("a", from: one), node("b", from: one)])?.nodes == ["a", "b"])
        for (other, says) in [(two, "from one of shop n2"), (past, "shop n1 (type immediate)"), (nil, "b is not")] {
            let nodes = [node("a", from: one), node("b", from: other)]
            #expect(try choose(nodes) == nil)
            let asked = refusal([node("a", asked: .pglogical, from: one), node("b", from: other)])
            #expect(asked?.code == "different-data" && asked?.kind == .refused)
            #expect(asked?.message.contains(says) == true, "\(asked?.message ?? "")")
        }
        let far = MeshCandidate(name: "b", asked: nil, facts: nil)
        #expect(refusal([node("a", asked: .pglogical, from: one), far])?.code == "different-data")
    }

    @Test(arguments: [("replica", ["pglogical"]), ("logical", ["pg_stat_statements"])])
    func aServerThatKeepsItsSettingsHasToHaveThem(walLevel: String, libraries: [String]) {
        let own = MeshCandidate.ServerSettings(walLevel: walLevel, libraries: libraries)
        let found = refusal([node("n1", asked: .pglogical, isAdopted: true, own: own), node("n2")])
        #expect(found?.code == "not-logical" && found?.kind == .refused)
        #expect(found?.hint?.contains("wal_level = logical") == true)
        #expect(found?.hint?.contains("'pglogical, pg_stat_statements'") == (walLevel == "logical"))
    }

    @Test func everyDirectionHasItsSubscription() {
        let mesh = Mesh(provider: .spock, nodes: ["n1", "n2", "n3"])
        #expect(
            mesh.pairs.map(\.subscription) == [
                "sub_n2_n1", "sub_n3_n1", "sub_n1_n2", "sub_n3_n2", "sub_n1_n3", "sub_n2_n3",
            ])
        #expect(
            MeshMaker.changes(mesh, here: ["n2"]).map(\.detail) == ["by spock: subscriptions sub_n1_n2, sub_n3_n2"])
    }

    @Test func settingsOfTheSpecWinButTheLibraryIsLoaded() {
        let mesh = Mesh(provider: .pglogical, nodes: ["n1", "n2"])
        #expect(mesh.completing([:])["shared_preload_libraries"] == "pglogical")
        #expect(mesh.completing([:])["wal_level"] == "logical")
        #expect(mesh.completing(["max_wal_senders": "99"])["max_wal_senders"] == "99")
        let others = ["shared_preload_libraries": "pg_stat_statements , auto_explain"]
        #expect(
            mesh.completing(others)["shared_preload_libraries"] == "pglogical, pg_stat_statements, auto_explain")
        let own = ["shared_preload_libraries": "auto_explain,pglogical"]
        #expect(mesh.completing(own)["shared_preload_libraries"] == "auto_explain,pglogical")
        #expect(Mesh(provider: .native, nodes: ["n1", "n2"]).completing([:])["shared_preload_libraries"] == nil)
    }
}
