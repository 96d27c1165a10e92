import Catalog
import Failures
import PositionedJSON
import Testing

@Suite("config.json")
struct HostConfigurationTests {
    private func parse(_ text: String) throws -> HostConfiguration {
        try HostConfiguration.parse(Array(text.utf8), file: "config.json")
    }

    @Test("everything it can say")
    func everything() throws {
        let configuration = try parse(
            """
            {
              "host_id": "host-1", // this one
              "hosts": {"host-2": {"address": "10.0.0.2"}},
              "defaults": {"wait_lock": 30, "color": false, "pgbackrest": "/opt/pgbackrest"},
            }
            """)
        #expect(configuration.hostID == "host-1")
        #expect(configuration.hosts == ["host-2": HostConfiguration.Host(address: "10.0.0.2")])
        #expect(
            configuration.defaults
                == HostConfiguration.Defaults(waitLock: 30, color: false, pgbackrest: "/opt/pgbackrest"))
    }

    @Test("a home without one has the defaults")
    func none() async throws {
        try await withHome { home in
            let configuration = try HostConfiguration.load(home)
            #expect(configuration == HostConfiguration())
        }
    }

    @Test(
        "what is wrong is named with its place and the way out",
        arguments: [
            (
                "{\"hostid\": \"a\"}", "config.json:1:2: the configuration: unknown key \"hostid\"",
                "did you mean \"host_id\"?"
            ),
            (
                "{\"zebra\": 1}", "config.json:1:2: the configuration: unknown key \"zebra\"",
                "known here: host_id, hosts, defaults"
            ),
            ("{\n \"host_id\": 7}", "config.json:2:13: host_id: a string is needed here, not", nil),
            ("{\"host_id\": \"\"}", "config.json:1:13: host_id: the value is empty", nil),
            ("{\"hosts\": {\"h\": {}}}", "config.json:1:17: hosts.h: the address is missing", "for example"),
            ("{\"defaults\": {\"wait_lock\": -1}}", "config.json:1:28: defaults.wait_lock: a number of seconds", nil),
            ("{\"defaults\": {\"color\": \"no\"}}", "defaults.color: true or false is needed", nil),
            ("[]", "config.json:1:1: the configuration: an object is needed here", nil),
            ("{\"host_id\": \"a\" \"b\"}", "config.json:1:17: found a string", nil),
        ] as [(String, String, String?)])
    func wrong(_ text: String, _ message: String, _ hint: String?) {
        do {
            _ = try parse(text)
            Issue.record("accepted: \(text)")
        } catch let error as any Failure {
            #expect(error.kind == .invalidInput)
            #expect(error.message.contains(message), "\(error.message)")
            if let hint { #expect(error.hint?.contains(hint) == true, "\(error.hint ?? "no hint")") }
        } catch {
            Issue.record("not a failure: \(error)")
        }
    }
}
