import Failures
import Spec
import TargetTime
import Testing

@testable import PgBackRest

/// What 2.45 said, word for word.
func captured(_ name: String) throws -> String { try readFile("\(goldenFolder)/Captured/\(name).json") }

@Suite struct InfoTests {
    private func info(_ text: String, stanza: String = "db") throws -> StanzaInfo {
        try #require(try InfoDocument.parse(text, stanza: stanza))
    }

    @Test func aStanzaThatHasHadTwoClusters() throws {
        let info = try info(captured("info-two-clusters"))
        #expect(info.name == "db" && info.status.state == .ok && !info.isLockHeld)
        #expect(info.repositories.map(\.key) == [1])
        #expect(info.repositories.first?.cipher == "none")
        #expect(info.databases.map(\.systemIdentifier) == [7_710_435_776_909_362_607, 7_710_436_863_212_579_686])
        #expect(info.databases.map(\.archiveID) == ["15-1", "15-2"])
        #expect(info.archives.map(\.id) == ["15-1", "15-2"])
        #expect(info.archives[0].min == "000000010000000000000001")
        #expect(info.archives[0].max == "000000020000000000000015")
        #expect(
            info.backups.map(\.label) == [
                "20261121-014847F", "20261121-014847F_20261121-014849I", "20261121-015303F",
                "20261121-015303F_20261121-021834D", "20261121-021840F",
            ])
        #expect(info.backups.map(\.type) == [.full, .incr, .full, .diff, .full])
        #expect(info.newestBackup()?.label == "20261121-021840F")
        #expect(info.newestBackup(repo: 2) == nil)
        #expect(info.currentDatabase(repo: 1)?.id == 2)
        #expect(info.backups.map { info.database(of: $0)?.id } == [1, 1, 2, 2, 2])
    }

    @Test func everythingOfABackupSet() throws {
        let set = try info(captured("info-two-clusters")).backups[1]
        #expect(set.prior == "20261121-014847F" && set.references == ["20261121-014847F"])
        #expect(set.started.iso8601 == "2026-11-21T01:48:49Z" && set.stopped.iso8601 == "2026-11-21T01:48:50Z")
        #expect(set.walStart == "000000010000000000000005" && set.walStop == "000000010000000000000005")
        #expect(set.lsnStart?.description == "0/5000028" && set.lsnStop?.description == "0/5000100")
        #expect(set.size == 38_049_480 && set.delta == 15_638_794)
        #expect(set.repositorySize == 8_521_845 && set.repositoryDelta == 5_742_317)
        #expect(set.timeline == 1 && set.repoKey == 1 && set.databaseID == 1)
        #expect(set.annotations == [:] && set.hasErrors == false && set.details == nil)
    }

    @Test func annotationsKeepTheirText() throws {
        #expect(try info(captured("info-two-clusters")).backups[0].annotations == ["why": "first = one"])
    }

    @Test func oneSetIsToldMoreAbout() throws {
        let set = try #require(try info(captured("info-one-set")).backups.first)
        let details = try #require(set.details)
        #expect(details.tablespaces.map(\.name) == ["ts1"])
        #expect(details.tablespaces.map(\.oid) == [16388])
        #expect(details.tablespaces.map(\.destination) == ["/data/ts1"])
        #expect(details.links.map(\.name) == ["custom.conf"])
        #expect(details.links.map(\.destination) == ["/data/ext/custom.conf"])
        #expect(details.databases.map(\.name) == ["app", "postgres"])
        #expect(details.filesWithChecksumErrors == [])
    }

    @Test func aStanzaThatIsNotThere() throws {
        let info = try info(captured("info-missing-stanza"), stanza: "other")
        #expect(info.status.state == .missingStanza)
        #expect(info.repositories.first?.status.message == "missing stanza path")
        #expect(info.backups == [] && info.databases == [])
    }

    @Test func aRefusedRequestIsToldWithoutItsDump() throws {
        let info = try info(captured("info-refused"))
        #expect(info.status.state == .failed)
        let repository = try #require(info.repositories.first)
        #expect(repository.status.code == 99)
        #expect(
            repository.status.message
                == "[ProtocolError] HTTP request failed with 403 (Forbidden):\n    server's error code: InvalidAccessKeyId"
        )
    }

    @Test func anotherStanzaIsNotTakenForIt() throws {
        #expect(try InfoDocument.parse(captured("info-two-clusters"), stanza: "other") == nil)
        #expect(try InfoDocument.parse("[]", stanza: "db") == nil)
        #expect(throws: (any Error).self) { try InfoDocument.parse("{}", stanza: "db") }
        #expect(throws: (any Error).self) { try InfoDocument.parse("", stanza: "db") }
    }

    /// All of 64 bits count: a Double would lose the last ones.
    @Test func systemIdentifiersAreExact() throws {
        let text = try captured("info-two-clusters")
            .replacing("7710435776909362607", with: "18446744073709551615")
        #expect(try info(text).databases[0].systemIdentifier == UInt64.max)
    }

    @Test func newerVersionsMaySayMoreAndLeaveThingsOut() throws {
        let text = """
            [{"name":"db","status":{"code":0,"message":"ok","lock":{"backup":{"held":true,"size":10,"size-cplt":5},
            "restore":{"held":false}}},"repo":[{"key":2,"cipher":"aes-256-cbc","status":{"code":0,"message":"ok"}}],
            "backup":[{"label":"20250101-010000F","type":"full","error":null,"reference":null,"prior":null,
            "archive":{"start":null,"stop":null},"database":{"id":1,"repo-key":2},
            "backrest":{"format":5,"version":"2.55"},"timestamp":{"start":1,"stop":2},
            "info":{"size":3,"delta":4,"repository":{"delta":5,"delta-map":1}}}]}]
            """
        let info = try info(text)
        #expect(info.isLockHeld && info.repositories[0].cipher == "aes-256-cbc")
        let set = try #require(info.backups.first)
        #expect(set.repositorySize == nil && set.walStart == nil && set.timeline == nil && set.hasErrors == nil)
        #expect(set.lsnStart == nil && set.repositoryDelta == 5)
    }

    @Test(arguments: [
        (0, StanzaStatus.State.ok), (1, .missingStanza), (2, .noBackups), (3, .missingData), (4, .mixed),
        (5, .databaseMismatch), (6, .setNotFound), (99, .failed), (42, .failed),
    ])
    func statusCodes(code: Int, state: StanzaStatus.State) {
        #expect(StanzaStatus(code: code, message: "").state == state)
    }
}
