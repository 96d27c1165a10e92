import Testing

@testable import Postgres

@Suite struct HBATests {
    private func rules(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func theSpecsLinesComeFirst() {
        let lines = rules(HBA.text(superuser: "boss", specLines: ["host all all 10.0.0.0/8 md5", "two\nlines"]))
        #expect(
            lines == [
                "host all all 10.0.0.0/8 md5", "two lines",
                "local all \"boss\" peer map=pgstanza", "local replication \"boss\" peer map=pgstanza",
                "local all \"pgstanza\" scram-sha-256", "local replication \"pgstanza\" scram-sha-256",
                "local all all peer", "host replication \"pgstanza\" all scram-sha-256",
                "host all all all scram-sha-256",
            ])
    }

    @Test func theMapLetsTheOwnerIn() {
        #expect(rules(HBA.ident(osUser: "postgres", superuser: "postgres")) == ["pgstanza \"postgres\" \"postgres\""])
        #expect(
            rules(HBA.ident(osUser: "postgres", superuser: "admin", specLines: ["m a b"]))
                == ["m a b", "pgstanza \"postgres\" \"admin\"", "pgstanza \"admin\" \"admin\""])
    }

    @Test func theFenceAdmitsNobodyElse() {
        let lines = rules(
            HBA.fence(
                superuser: "all", access: .peerMap("pgstanza"), token: "r7",
                admitted: ["host example spock 10.0.0.2/32 scram-sha-256"]))
        #expect(
            lines == [
                "local pgstanza_fence_closed_r7 all reject",
                // Quoted, the role is a role and not the keyword.
                "local all \"all\" peer map=pgstanza",
                "host replication \"pgstanza\" all scram-sha-256",
                "local replication \"pgstanza\" scram-sha-256",
                "host example spock 10.0.0.2/32 scram-sha-256",
                "local all all reject", "local replication all reject",
                "host all all all reject", "host replication all all reject",
            ])
        #expect(rules(HBA.fence(superuser: "a\"b", access: .peer, token: "t"))[1] == "local all \"a\"\"b\" peer")
    }
}

@Suite struct NarrowedHBATests {
    private static let text = #"""
        # a comment
        local all all peer
        host  shop,"other db" repl,"odd ""name"""  10.0.0.0/8  scram-sha-256
        host all app 127.0.0.1/32 trust
        hostssl shop +peers all cert map=x
        host replication all all md5
        host all all all reject
        """#

    @Test func onlyWhatConcernsTheUserIsLeft() {
        #expect(
            HBA.narrowed(Self.text, database: "shop", user: "repl") == [
                "local \"shop\" \"repl\" peer", "host \"shop\" \"repl\" 10.0.0.0/8  scram-sha-256",
                "hostssl \"shop\" \"repl\" all cert map=x", "host \"shop\" \"repl\" all reject",
            ])
        #expect(
            HBA.narrowed(Self.text, database: "other db", user: "odd \"name\"").contains(
                "host \"other db\" \"odd \"\"name\"\"\" 10.0.0.0/8  scram-sha-256"))
        #expect(!HBA.narrowed(Self.text, database: "else", user: "repl").contains { $0.contains("10.0.0.0") })
    }
}
