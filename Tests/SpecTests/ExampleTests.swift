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

    @Test("every request body is recognised and valid")
    func requests() throws {
        for name in try Examples.names(in: "requests") {
            #expect(throws: Never.self, "\(name)") { try SpecReader.readAny(Examples.bytes(name), file: name) }
        }
    }
}
