import Catalog
import Postgres
import Spec
import Testing

@testable import Operations

@Suite struct CreatePlannerTests {
    private static let command = "'/usr/bin/pgbackrest' '--config=/h/n1.conf' '--stanza=db' archive-push \"%p\""

    private static func facts(
        _ state: InstanceState, isAdopted: Bool = false, archive: ArchiveSettings? = nil,
        server: SpecFacts? = nil, replicas: [String: InstanceState] = [:], hasStanza: Bool = false
    ) -> CreateFacts {
        CreateFacts(
            node: RestoreSamples.node("n1", replicas: replicas.keys.sorted()), isAdopted: isAdopted, state: state,
            control: nil, server: server,
            archive: archive ?? ArchiveSettings(mode: "on", command: "", library: ""), archiveCommand: command,
            replicas: replicas,
            repositories: [
                1: RepositoryFacts(hasStanza: hasStanza, systemIdentifiers: [], currentSystemIdentifier: nil)
            ], configuration: nil)
    }

    private static func plan(_ facts: CreateFacts, users: [DatabaseUser] = []) throws -> CreatePlan {
        let spec = DatabaseSpec(
            databaseName: "app", scripts: Scripts(postInit: ["SELECT 1"]), users: users,
            nodes: [NodeSpec(name: "n1", hostIDs: ["host-1"])])
        return try CreatePlanner(databaseID: "db1", spec: spec, ownerName: "postgres").plan([facts])
    }

    @Test func aNewClusterFromTheBeginning() throws {
        let users = [DatabaseUser(username: "boss", isOwner: true)]
        let plan = try Self.plan(Self.facts(.missing, replicas: ["host-2": .missing]), users: users)
        #expect(
            plan.changes.map(\.action) == [
                "init-cluster", "start", "create-user", "create-database", "write-configuration", "create-stanza",
                "archive", "prove-archiving", "create-replica",
            ])
        #expect(plan.changes[3].detail == "app, owned by boss")
        #expect(plan.questions.isEmpty && plan.warnings.isEmpty)
        #expect(plan.files.map(\.path).contains("/data/n1-host-1/pg_hba.conf"))
    }

    @Test func anAdoptedServerIsAskedAboutBeforeItsRestart() throws {
        let server = SpecFacts(hasDatabase: true, users: ["boss"])
        let off = ArchiveSettings(mode: "off", command: "", library: "")
        let plan = try Self.plan(
            Self.facts(.running(pid: 7), isAdopted: true, archive: off, server: server),
            users: [DatabaseUser(username: "boss")])
        #expect(
            plan.changes.map(\.action) == [
                "adopt-cluster", "write-configuration", "create-stanza", "restart", "archive", "prove-archiving",
            ])
        #expect(plan.questions.count == 1)
        #expect(plan.questions[0].contains("restarted"))
        #expect(plan.warnings.contains { $0.contains("scripts.post_init are not run") })
        #expect(plan.files.isEmpty)
    }

    @Test func replacingSomebodysArchivingIsAskedToo() throws {
        let own = ArchiveSettings(mode: "on", command: "cp %p /x", library: "")
        let facts = Self.facts(.running(pid: 7), isAdopted: true, archive: own, server: nil, hasStanza: true)
        let plan = try Self.plan(facts)
        #expect(plan.questions == ["n1: its WAL no longer goes where it goes now (archive_command = 'cp %p /x')"])
        #expect(!plan.changes.contains { $0.action == "create-stanza" || $0.action == "restart" })
    }

    @Test func aHalfMadeClusterIsGoneOnWith() throws {
        let plan = try Self.plan(Self.facts(.stopped, replicas: ["host-2": .crashed]))
        #expect(plan.changes.map(\.action).prefix(2) == ["start", "create-database"])
        #expect(plan.changes.last?.action == "start")
        #expect(!plan.changes.contains { $0.action == "init-cluster" || $0.action == "adopt-cluster" })
        #expect(plan.questions.isEmpty)
    }
}

@Suite struct NewClusterFilesTests {
    @Test func theSpecsSettingsWinButForThoseWithAKeyOfTheirOwn() throws {
        var node = RestoreSamples.node("n1")
        node.spec.postgresqlConf = ["Archive_Timeout": "5min", "port": "1", "work_mem": "it's"]
        node.spec.pgHBAConf = ["host all all 192.0.2.1/32 reject"]
        let texts = try NewClusterFiles(node: node, ownerName: "operator").texts
        let settings = ServerSettingsFile(text: texts["pgstanza.conf"] ?? "")
        #expect(settings.get("archive_timeout") == "5min")
        #expect(settings.get("port") == "6000")
        #expect(settings.get("work_mem") == "it's")
        #expect(settings.get("listen_addresses") == "localhost")
        #expect(texts["pg_hba.conf"]?.contains("host all all 192.0.2.1/32 reject") == true)
        #expect(texts["pg_ident.conf"]?.contains("\"operator\" \"postgres\"") == true)
        node.primary.address = "10.0.0.1"
        #expect(NewClusterFiles(node: node, ownerName: "o").settings["listen_addresses"] == "localhost,10.0.0.1")
    }

    @Test func archiveModeIsOnFromTheFirstStart() {
        #expect(ServerSettingsFile(text: NewClusterFiles.autoConf("", archives: true)).get("archive_mode") == "on")
        #expect(NewClusterFiles.autoConf("# x\n", archives: false) == "# x\n")
    }
}

@Suite struct RoleStatementsTests {
    @Test func aPasswordMeansLoginAndIsAVerifier() throws {
        let user = DatabaseUser(username: "it\"s", attributes: ["createdb"], roles: ["a b"])
        #expect(
            try RoleStatements.role(user, verifier: "SCRAM$x", exists: false)
                == "CREATE ROLE \"it\"\"s\" CREATEDB LOGIN PASSWORD 'SCRAM$x'")
        #expect(try RoleStatements.role(user, verifier: nil, exists: true) == "ALTER ROLE \"it\"\"s\" CREATEDB")
        #expect(RoleStatements.memberships(user) == ["GRANT \"a b\" TO \"it\"\"s\""])
    }

    @Test func whatIsNoAttributeIsRefused() {
        let user = DatabaseUser(username: "u", attributes: ["LOGIN; DROP TABLE x"])
        let error = #expect(throws: OperationError.self) {
            try RoleStatements.role(user, verifier: nil, exists: false)
        }
        #expect(error?.code == "role-attribute")
    }
}
