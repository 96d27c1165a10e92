import Testing

@testable import Operations

@Suite struct QuarantineTests {
    @Test(arguments: [
        ("", ""), ("pg_stat_statements", "pg_stat_statements"), ("spock", ""),
        ("pg_stat_statements, spock", "pg_stat_statements"), ("pglogical,auto_explain", "auto_explain"),
        ("$libdir/pglogical, x", "x"), ("\"spock\", y", "y"),
    ])
    func librariesThatConnectToPeersAreLeftOut(own: String, harmless: String) {
        #expect(Quarantine.harmless(own) == harmless)
    }
}
