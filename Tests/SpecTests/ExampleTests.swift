import Spec
import Testing

@Suite("Examples")
struct ExampleTests {
    @Test("every example is a valid spec")
    func specs() throws {
        let names = try Examples.names()
        #expect(names.contains("quickstart.json") && names.contains("s3.json") && names.contains("three-nodes.json"))
        for name in names {
            #expect(throws: Never.self, "\(name)") { try SpecReader.readDatabase(Examples.bytes(name), file: name) }
        }
    }

    @Test("what to try first gives no warning")
    func quickstart() throws {
        let spec = try SpecReader.readDatabase(Examples.bytes("quickstart.json"), file: "quickstart.json")
        #expect(SpecReader.warnings(for: spec) == [])
        #expect(spec.nodes.map(\.hostIDs) == [["host-1", "host-2"]])
        #expect(spec.backupConfig?.schedules.map(\.type) == [.full, .incr])
        #expect(spec.users.count == 2)
    }

    @Test("what the control plane says about Docker Swarm is named as not used")
    func swarm() throws {
        let name = "requests/02-update-node-on-nfs.json"
        let spec = try SpecReader.readDatabase(Examples.bytes(name), file: name)
        #expect(spec.notUsed == ["spec.nodes[0].orchestrator_opts.swarm"])
        #expect(spec.nodes[0].backupConfig?.repositories == [Repository(kind: .posix, basePath: "/backups")])
    }

    @Test("every request body is recognised and valid")
    func requests() throws {
        for name in try Examples.names(in: "requests") {
            #expect(throws: Never.self, "\(name)") { try SpecReader.readAny(Examples.bytes(name), file: name) }
        }
    }
}
