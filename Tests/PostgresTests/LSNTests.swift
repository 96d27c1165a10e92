import Testing

@testable import Postgres

@Suite struct LSNTests {
    @Test func readsAndWritesPostgresForm() throws {
        let lsn = try #require(LSN("16/B374D848"))
        #expect(lsn.bytes == 0x16_B374_D848)
        #expect(lsn.description == "16/B374D848")
        #expect(LSN("0/0")?.description == "0/0")
        #expect(LSN("ffffffff/ffffffff")?.description == "FFFFFFFF/FFFFFFFF")
    }

    @Test(arguments: ["", "0", "0/", "/0", "0/0/0", "0/123456789", "g/0", "-1/0", "0x1/0", " 0/0", "0/٣"])
    func refusesEverythingElse(_ text: String) {
        #expect(LSN(text) == nil)
    }

    @Test func comparesAsNumbers() throws {
        #expect(try #require(LSN("0/FFFFFFFF")) < #require(LSN("1/0")))
        #expect(try #require(LSN("9/0")) < #require(LSN("10/0")))
    }

    @Test func namesTheSegmentThatHoldsTheByte() throws {
        #expect(LSN("0/16FFFFFF")?.walFileName(timeline: 1) == "000000010000000000000016")
        #expect(LSN("0/17000000")?.walFileName(timeline: 2) == "000000020000000000000017")
        #expect(LSN("1A/FF000000")?.walFileName(timeline: 0x1F) == "0000001F0000001A000000FF")
        // 64 MB segments: 64 of them to a log file
        #expect(LSN("1/FC000000")?.walFileName(timeline: 1, segmentSize: 64 << 20) == "00000001000000010000003F")
        let boundary = try #require(LSN("0/17000000"))
        #expect(boundary.advanced(by: -1).walFileName(timeline: 1) == "000000010000000000000016")
    }
}
