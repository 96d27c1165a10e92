import Testing

@testable import Operations
@testable import PgBackRest

/// Where tablespaces and links of a backup go.
@Suite struct PlaceMapTests {
    private func map(
        _ options: [String: String] = [:], own: [String: String], backup: [String: String], isOwnBackup: Bool = false
    ) -> PlaceMap {
        var node = ObservationFixture().node
        node.dataDirectory.links = own
        let links = backup.sorted { $0.key < $1.key }.map {
            BackupSetDetails.Link(name: $0.key, destination: $0.value)
        }
        return PlaceMap(
            options: options, node: node,
            backup: ObservationFixture.full("20261120-100000F", "09:59", "10:00", links: links),
            isOwnBackup: isOwnBackup)
    }

    @Test func theNodesOwnLinkToItsWALStays() {
        let found = map(own: ["pg_wal": "/wal"], backup: [:])
        #expect(found.links == [.init(name: "pg_wal", original: "/wal", destination: "/wal", origin: .own)])
        #expect(found.openLinks.isEmpty)
    }

    @Test func theNodesOwnLinkWinsOverTheBackups() {
        let found = map(own: ["pg_wal": "/wal"], backup: ["pg_wal": "/elsewhere"])
        #expect(found.links == [.init(name: "pg_wal", original: "/elsewhere", destination: "/wal", origin: .own)])
    }

    @Test func theRequestWinsOverTheNodesOwn() {
        let found = map(["link-map": "pg_wal=/new"], own: ["pg_wal": "/wal"], backup: [:])
        #expect(found.links.map(\.destination) == ["/new"])
        #expect(map(["link-all": "n"], own: ["pg_wal": "/wal"], backup: [:]).links.isEmpty)
    }

    @Test func aLinkThatOnlyTheBackupHasIsOpen() {
        let found = map(own: [:], backup: ["pg_wal": "/elsewhere"])
        #expect(found.links.isEmpty)
        #expect(found.openLinks.map(\.name) == ["pg_wal"])
    }

    @Test func otherLinksOfTheNodeAreNotMadeAnew() {
        #expect(map(own: ["log": "/var/log/n1"], backup: [:]).links.isEmpty)
    }
}
