import Catalog
import Spec
import Testing

@testable import Operations

@Suite struct UpdatePlannerTests {
    private static func placement(_ spec: DatabaseSpec) throws -> DatabasePlacement {
        var placement = try DatabasePlacement(
            PlacementInputs(
                id: "app", spec: spec, record: nil, home: Home(path: "/h"), host: HostConfiguration(),
                ownerName: "postgres"))
        // What the record would keep.
        for node in placement.nodes.indices {
            for replica in placement.nodes[node].replicas.indices
            where placement.nodes[node].replicas[replica].port == 0 {
                placement.nodes[node].replicas[replica].port = 7000 + replica
            }
        }
        return placement
    }

    private static func plan(
        _ wanted: DatabaseSpec, from present: DatabaseSpec = UpdateCases.spec, _ facts: UpdateFacts = UpdateCases.facts,
        keepsRepository: Bool = false, upgradesStanza: Bool = false
    ) throws -> UpdatePlan {
        try UpdatePlanner(
            present: try placement(present), wanted: try placement(wanted), facts: ["n1": facts, "n2": facts],
            ownerName: "postgres", keepsRepository: keepsRepository, upgradesStanza: upgradesStanza
        ).plan()
    }

    private static func shown(_ plan: UpdatePlan) -> [String] {
        plan.steps.map { $0.subject.isEmpty ? $0.kind.rawValue : "\($0.kind.rawValue) \($0.subject)" }
    }

    @Test(arguments: UpdateCases.all)
    func everyChangeIsFoundAndNothingElse(_ item: UpdateCase) throws {
        var wanted = UpdateCases.spec
        item.change(&wanted)
        var facts = UpdateCases.facts
        item.seen(&facts)
        let plan = try Self.plan(wanted, facts)
        #expect(Self.shown(plan) == item.steps)
        #expect(plan.questions.isEmpty != item.asks)
        #expect(!plan.steps.contains { $0.detail.contains("two") })
        // Done, and looked at again.
        if item.steps.allSatisfy({ !$0.hasPrefix("backups") }) {
            var after = UpdateCases.facts
            after.roles?.formUnion(wanted.users.map(\.username))
            after.isAdopted = facts.isAdopted
            for host in wanted.nodes[0].hostIDs.dropFirst() { after.replicas[host] = .fits }
            #expect(try Self.plan(wanted, from: wanted, after).isNothing)
        }
    }

    @Test func thereAreEnoughOfThem() {
        #expect(UpdateCases.all.count >= 50)
        #expect(Set(UpdateCases.all.map(\.name)).count == UpdateCases.all.count)
    }

    @Test func aTakenOutNodeIsAskedAboutAndKeepsItsDirectory() throws {
        var present = UpdateCases.spec
        present.nodes.append(NodeSpec(name: "n2", hostIDs: ["host-9"], port: 6500))
        let plan = try Self.plan(UpdateCases.spec, from: present)
        #expect(Self.shown(plan) == ["remove-node"])
        #expect(plan.steps[0].detail.contains("/h/databases/app/n2/pgdata"))
        #expect(plan.questions.count == 1)
    }

    @Test func whatAnUpdateCannotDoIsRefusedAllAtOnce() throws {
        var wanted = UpdateCases.spec
        wanted.databaseName = "store"
        wanted.nodes[0].hostIDs = ["host-2", "host-1"]
        wanted.local.pgdata = "/elsewhere"
        wanted.local.superuser = "root"
        wanted.local.pgbackrest.stanza = "main"
        wanted.local.replication = ReplicationOptions(provider: .native)
        let error = #expect(throws: OperationError.self) { try Self.plan(wanted) }
        #expect(error?.code == "cannot-update")
        for part in ["store", "host-2", "/elsewhere", "root", "main", "native"] {
            #expect(error?.message.contains(part) == true, "\(part)")
        }
    }

    @Test func anotherCipherIsRefused() throws {
        var wanted = UpdateCases.spec
        wanted.backupConfig?.repositories[0].customSecrets["cipher-pass"] = .literal("hush")
        let error = #expect(throws: OperationError.self) { try Self.plan(wanted) }
        #expect(error?.code == "other-cipher")
        #expect(error?.message.contains("hush") == false)
    }

    @Test func aRestoredNodesRepositoriesAreNewOrOldNotBoth() throws {
        var wanted = UpdateCases.spec
        wanted.backupConfig?.repositories.append(UpdateCases.repository("other"))
        var facts = UpdateCases.facts
        facts.backups = .off
        #expect(throws: OperationError.self) { try Self.plan(wanted, facts) }
        let kept = try Self.plan(UpdateCases.spec, facts, keepsRepository: true)
        #expect(kept.steps.map(\.detail) == ["into local as before, with a full backup"])
    }

    @Test func anotherOrderIsAnotherConfiguration() throws {
        var present = UpdateCases.spec
        present.backupConfig?.repositories.append(UpdateCases.repository("other"))
        var wanted = present
        wanted.backupConfig?.repositories.reverse()
        #expect(Self.shown(try Self.plan(wanted, from: present)) == ["write-configuration"])
    }

    @Test func aRepositoryOfAnotherClusterIsUpgradedByChoice() throws {
        var wanted = UpdateCases.spec
        wanted.backupConfig?.repositories = [UpdateCases.repository("theirs")]
        var facts = UpdateCases.facts
        facts.repositories[1] = RepositoryFacts(
            hasStanza: true, systemIdentifiers: ["5"], currentSystemIdentifier: "5")
        let plan = try Self.plan(wanted, facts, upgradesStanza: true)
        #expect(
            Self.shown(plan) == ["upgrade-stanza theirs", "add-repository theirs", "remove-repository local"])
    }
}

@Suite struct UserDifferenceTests {
    @Test func whatIsDroppedIsTakenBack() {
        let before = DatabaseUser(
            username: "u", attributes: ["CREATEDB", "NOINHERIT", "LOGIN", "NOSUPERUSER"], roles: ["a", "b"])
        let after = DatabaseUser(username: "u", roles: ["b", "c"])
        let difference = UserDifference(before, after)
        #expect(difference.reversals(of: after) == ["NOCREATEDB", "INHERIT", "NOLOGIN"])
        #expect(difference.addedRoles == ["c"] && difference.droppedRoles == ["a"])
        let withPassword = DatabaseUser(username: "u", password: .literal("x"), roles: ["b", "c"])
        #expect(UserDifference(before, withPassword).reversals(of: withPassword) == ["NOCREATEDB", "INHERIT"])
        #expect(!UserDifference(before, withPassword).described.contains("x,"))
    }

    @Test func limitsAreLifted() throws {
        let before = DatabaseUser(
            username: "u", attributes: ["connection limit 5", "VALID UNTIL '2031-01-01'", "NOLOGIN"])
        let none = DatabaseUser(username: "u")
        #expect(UserDifference(before, none).reversals(of: none) == ["CONNECTION LIMIT -1", "VALID UNTIL 'infinity'"])
        let other = DatabaseUser(
            username: "u", attributes: ["CONNECTION LIMIT 7", "valid until '2031-01-01'", "LOGIN"])
        let difference = UserDifference(before, other)
        #expect(difference.reversals(of: other) == [])
        #expect(difference.addedAttributes == ["CONNECTION LIMIT 7", "LOGIN"])
        #expect(
            try RoleStatements.role(other, verifier: nil, exists: true)
                == "ALTER ROLE \"u\" CONNECTION LIMIT 7 VALID UNTIL '2031-01-01' LOGIN")
        let wrong = DatabaseUser(username: "u", attributes: ["LOGIN; DROP TABLE t"])
        #expect(throws: OperationError.self) { try RoleStatements.role(wrong, verifier: nil, exists: false) }
    }
}
