import Testing

@testable import PgBackRest

private func segment(_ text: String) -> WALSegmentName { WALSegmentName(text)! }

@Suite struct WALSegmentNameTests {
    @Test(arguments: [
        ("000000010000000000000001", UInt32(1), UInt64(1)), ("00000002000000010000000A", 2, 266),
        ("FFFFFFFFFFFFFFFF000000FF", UInt32.max, 0xFF_FFFF_FFFF),
    ])
    func namesAndNumbers(text: String, timeline: UInt32, number: UInt64) throws {
        let name = try #require(WALSegmentName(text))
        #expect(name.timeline == timeline && name.number == number)
        #expect(name.text == text && name.description == text)
    }

    @Test(arguments: [
        "", "00000001000000000000001", "0000000100000000000000011", "00000001000000000000000G",
        "000000010000000000000100", "+00000010000000000000001", "00000002.history", "00000001000000000000000ä",
    ])
    func whatIsNoName(_ text: String) {
        #expect(WALSegmentName(text) == nil)
    }

    @Test func theSegmentSizeCounts() throws {
        let small = try #require(WALSegmentName("000000010000000000000FFF", segmentSize: 1 << 20))
        #expect(small.number == 0xFFF && small.next.text == "000000010000000100000000")
        #expect(small.start.description == "0/FFF00000")
        let large = try #require(WALSegmentName("000000010000000100000003", segmentSize: 1 << 30))
        #expect(large.number == 7 && large.next.text == "000000010000000200000000")
        #expect(WALSegmentName("000000010000000100000004", segmentSize: 1 << 30) == nil)
        #expect(segment("0000000100000000000000FF").next.text == "000000010000000100000000")
    }

    @Test func positionsHaveSegments() throws {
        let position = try #require(WALPosition("1/A0000D8"))
        #expect(WALSegmentName(timeline: 3, holding: position).text == "00000003000000010000000A")
        #expect(WALSegmentName(timeline: 3, holding: position).start.description == "1/A000000")
        for text in ["", "1", "1/", "/1", "1/2/3", "g/1", "123456789/0", "-1/0"] { #expect(WALPosition(text) == nil) }
    }

    @Test func theyAreOrderedByTimelineFirst() {
        #expect(segment("0000000100000000000000FF") < segment("000000020000000000000001"))
        #expect(segment("000000010000000000000001") < segment("000000010000000000000002"))
    }
}

@Suite struct TimelineHistoryTests {
    /// As Postgres 15 wrote them, with comments as its documentation allows.
    private static let text = """
        # comment
        1\t0/14000140\tat restore point "rp1"

        2\t0/1A0000D8\tbefore 2026-11-21 02:00:00+00

        """

    private func history() throws -> TimelineHistory { try TimelineHistory.parse(Self.text, timeline: 3) }

    @Test func isParsed() throws {
        let history = try history()
        #expect(history.entries.map(\.timeline) == [1, 2])
        #expect(history.entries.map(\.switchPosition.description) == ["0/14000140", "0/1A0000D8"])
        #expect(history.entries.map(\.reason) == ["at restore point \"rp1\"", "before 2026-11-21 02:00:00+00"])
        #expect(try TimelineHistory.parse("", timeline: 2).entries == [])
    }

    @Test func tellsWhichTimelineHoldsAPosition() throws {
        let history = try history()
        let expected: [(String, UInt32)] = [
            ("0/1", 1), ("0/1400013F", 1), ("0/14000140", 2), ("0/1A0000D7", 2), ("0/1A0000D8", 3), ("F/0", 3),
        ]
        for (position, timeline) in expected {
            #expect(history.timeline(at: WALPosition(position)!) == timeline, "\(position)")
        }
        #expect(history.end(of: 1)?.description == "0/14000140" && history.end(of: 3) == nil)
        #expect(history.includes(1) && history.includes(3) && !history.includes(4))
    }

    @Test(arguments: ["x", "1", "1\tnowhere", "2\t0/1\n1\t0/2", "1\t0/2\n2\t0/1", "3\t0/1", "1\t0/1\n1\t0/2"])
    func damagedFilesAreRefused(_ text: String) {
        let error = #expect(throws: PgBackRestError.self) { try TimelineHistory.parse(text, timeline: 3) }
        #expect(error?.message.hasPrefix("history file 00000003.history is damaged: ") == true)
    }
}

@Suite struct ArchiveListingTests {
    private func listing() throws -> ArchiveListing {
        try ArchiveDocument.parse(captured("archive-two-clusters"), segmentSize: WALSegmentName.defaultSegmentSize)
    }

    @Test func clustersTimelinesAndHistories() throws {
        let listing = try listing()
        #expect(listing.archives.map(\.id) == ["15-1", "15-2"])
        let first = try #require(listing["15-1"])
        #expect(first.timelines.keys.sorted() == [1, 2])
        #expect(first.timelines[1]?.map(\.number) == Array(1...0x14))
        #expect(first.first(timeline: 2)?.text == "000000020000000000000014")
        #expect(first.last(timeline: 2)?.text == "000000020000000000000015")
        #expect(first.histories == [2] && first.duplicates == [] && first.partials == [])
        #expect(listing.archive(databaseID: 2)?.timelines[1]?.count == 13)
        #expect(listing.archive(databaseID: 3) == nil && listing["15-3"] == nil)
        #expect(first.repositorySize > 1_000_000)
    }

    private static let odd = """
        {".":{"type":"path"},"15-1":{"type":"path"},"15-1/0000000100000000":{"type":"path"},
        "15-1/0000000100000000/000000010000000000000001-aa.gz":{"type":"file","size":10,"time":1},
        "15-1/0000000100000000/000000010000000000000001-bb.gz":{"type":"file","size":10,"time":1},
        "15-1/0000000100000000/000000010000000000000002-cc":{"type":"file","size":10,"time":1},
        "15-1/0000000100000000/000000010000000000000003-dd.zst.pgbackrest.tmp":{"type":"file","size":1,"time":1},
        "15-1/0000000100000000/000000010000000000000004.partial-ee.zst":{"type":"file","size":5,"time":1},
        "15-1/0000000100000000/000000010000000000000001.00000028.backup":{"type":"file","size":1,"time":1},
        "15-1/0000000100000000/notes.txt":{"type":"file","size":1,"time":1},
        "15-1/00000002.history":{"type":"file","size":1,"time":1},
        "15-1/00000003.history.pgbackrest.tmp":{"type":"file","size":1,"time":1},
        "16-2":{"type":"path"},"archive.info":{"type":"file","size":1,"time":1},
        "archive-x":{"type":"path"},"link":{"type":"link","destination":"/x"}}
        """

    @Test func filesOfOtherKinds() throws {
        let listing = try ArchiveDocument.parse(Self.odd, segmentSize: WALSegmentName.defaultSegmentSize)
        #expect(listing.archives.map(\.id) == ["15-1", "16-2"])
        let archive = try #require(listing["15-1"])
        #expect(archive.timelines == [1: [segment("000000010000000000000001"), segment("000000010000000000000002")]])
        #expect(archive.duplicates == [segment("000000010000000000000001")])
        #expect(archive.partials == [segment("000000010000000000000004")])
        #expect(archive.histories == [2] && archive.repositorySize == 35)
        #expect(listing["16-2"]?.timelines == [:])
    }

    @Test func oneArchiveListedAlone() throws {
        let text =
            "{\".\":{\"type\":\"path\"},\"0000000100000000/000000010000000000000002-a\":{\"type\":\"file\",\"size\":7}}"
        let listing = try ArchiveDocument.parse(text, archiveID: "15-4", segmentSize: WALSegmentName.defaultSegmentSize)
        #expect(listing["15-4"]?.timelines[1]?.map(\.number) == [2])
        let empty = try ArchiveDocument.parse(
            "{\".\":{\"type\":\"path\"}}", segmentSize: WALSegmentName.defaultSegmentSize)
        #expect(empty.archives == [])
        #expect(throws: (any Error).self) { try ArchiveDocument.parse("[", segmentSize: 1 << 24) }
    }
}

@Suite struct ArchiveGapTests {
    /// Timeline 1: 1–4, 7, 8, 10; timeline 2 from within segment 8: 8, 9, 12.
    private let archive = ClusterArchive(
        id: "15-1", databaseID: 1,
        timelines: [
            1: [1, 2, 3, 4, 7, 8, 10].map { WALSegmentName(timeline: 1, number: $0) },
            2: [8, 9, 12].map { WALSegmentName(timeline: 2, number: $0) },
        ])

    private let history = TimelineHistory(
        timeline: 2,
        entries: [.init(timeline: 1, switchPosition: WALPosition(bytes: 8 * 16_777_216 + 100), reason: "")])

    private func gaps(_ from: UInt64, _ to: UInt64, timeline: UInt32 = 1) -> [String] {
        archive.gaps(
            from: WALSegmentName(timeline: timeline, number: from), to: WALSegmentName(timeline: timeline, number: to)
        ).map(\.description)
    }

    @Test func gapsOfOneTimeline() {
        #expect(gaps(1, 4) == [] && gaps(7, 8) == [])
        #expect(gaps(3, 8) == ["000000010000000000000005 to 000000010000000000000006"])
        #expect(gaps(0, 1) == ["000000010000000000000000"])
        #expect(gaps(8, 12) == ["000000010000000000000009", "00000001000000000000000B to 00000001000000000000000C"])
        #expect(gaps(5, 4) == [])
        #expect(gaps(1, 1, timeline: 9) == ["000000090000000000000001"])
    }

    /// Recovery reads the segment of the fork from the new timeline's file, and nothing of the old one after it.
    @Test func gapsAlongAHistory() {
        let from = WALSegmentName(timeline: 1, number: 3)
        let way = archive.gaps(from: from, to: WALSegmentName(timeline: 2, number: 12), along: history)
        #expect(
            way.map(\.description) == [
                "000000010000000000000005 to 000000010000000000000006",
                "00000002000000000000000A to 00000002000000000000000B",
            ])
        #expect(way.map(\.count) == [2, 2])
        let alone = ClusterArchive(id: "15-1", databaseID: 1, timelines: [1: archive.timelines[1] ?? []])
        #expect(
            alone.gaps(
                from: WALSegmentName(timeline: 1, number: 7), to: WALSegmentName(timeline: 2, number: 8), along: history
            ).map(\.description) == ["000000020000000000000008"])
    }

    @Test func innerGaps() {
        #expect(
            archive.innerGaps(timeline: 1).map(\.description) == [
                "000000010000000000000005 to 000000010000000000000006", "000000010000000000000009",
            ])
        #expect(archive.innerGaps(timeline: 5) == [])
    }

    @Test func whatIsThereAndHowFarItReaches() {
        #expect(archive.contains(segment("000000010000000000000004")))
        #expect(!archive.contains(segment("000000010000000000000005")))
        #expect(!archive.contains(segment("000000030000000000000001")))
        #expect(archive.lastWithoutGap(from: segment("000000010000000000000002"))?.number == 4)
        #expect(archive.lastWithoutGap(from: segment("000000010000000000000007"))?.number == 8)
        #expect(archive.lastWithoutGap(from: segment("00000001000000000000000A"))?.number == 10)
        #expect(archive.lastWithoutGap(from: segment("000000010000000000000005")) == nil)
    }
}

@Suite struct ControlFileTests {
    /// Bytes that stand in a `pg_control` of Postgres 15, with their offsets.
    private static let real: [(offset: Int, bytes: [UInt8])] = [
        (0, [0xaf, 0x45, 0x25, 0xca, 0x7c, 0xf8, 0x00, 0x6b, 0x14, 0x05, 0x00, 0x00, 0x25, 0x77, 0x0d, 0x0c, 0x06]),
        (48, [0x01, 0, 0, 0, 0x01, 0, 0, 0]),
        (204, [0x08, 0, 0, 0, 0, 0, 0, 0, 0x87, 0xd6, 0x32, 0x41, 0x00, 0x20, 0, 0, 0, 0, 0x02, 0]),
        (224, [0x00, 0x20, 0, 0, 0, 0, 0, 0x01]),
    ]

    @Test func fieldsStandWherePostgresPutsThem() throws {
        let file = ControlFile(
            systemIdentifier: 7_710_435_776_909_362_607, controlVersion: 1300, catalogVersion: 202_209_061,
            segmentSize: 16_777_216)
        let bytes = try #require(file.bytes)
        #expect(bytes.count == 8192)
        for (offset, expected) in Self.real { #expect(Array(bytes[offset..<offset + expected.count]) == expected) }
    }

    @Test(arguments: [(1300, 288), (1700, 288), (1800, 292)] as [(UInt32, Int)])
    func theChecksumIsOfAllBeforeIt(version: UInt32, offset: Int) throws {
        let file = ControlFile(systemIdentifier: 1, controlVersion: version, catalogVersion: 2, segmentSize: 1 << 20)
        let bytes = try #require(file.bytes)
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
        #expect(stored == CRC32C.checksum(bytes[..<offset]))
        #expect(bytes[(offset + 4)...].allSatisfy { $0 == 0 })
    }

    @Test func anUnknownLayoutIsNotGuessed() {
        let file = ControlFile(systemIdentifier: 1, controlVersion: 1902, catalogVersion: 2, segmentSize: 1 << 20)
        #expect(file.bytes == nil)
    }

    /// The check value of CRC-32C.
    @Test func checksum() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test func clustersAreReadFromBackupInfo() throws {
        let text = """
            [backrest]
            backrest-format=5

            [backup:current]
            20261121-014847F={"db-id":1}

            [db]
            db-id=2

            [db:history]
            1={"db-catalog-version":202209061,"db-control-version":1300,"db-system-id":18446744073709551615,"db-version":"15"}
            2={"db-catalog-version":202307071,"db-control-version":1300,"db-system-id":2,"db-version":"16"}

            [backrest]
            backrest-checksum="d32e"
            """
        let file = try BackupInfoFile(text)
        #expect(file.clusters.keys.sorted() == [1, 2])
        #expect(file.cluster(archiveID: "15-1")?.1.systemIdentifier == UInt64.max)
        #expect(file.cluster(archiveID: nil)?.archiveID == "16-2")
        #expect(file.cluster(archiveID: "15-2") == nil && file.cluster(archiveID: "x") == nil)
    }
}
