import Postgres
import Replication
import Testing

@testable import Operations

@Suite struct TableChecksumTests {
    private func checksum(_ rows: [(Int, Int, String, String)]) -> TableChecksum {
        TableChecksum(
            rows.map { bucket, count, high, low in
                Row(columns: ["bucket", "rows", "high", "low"], values: ["\(bucket)", "\(count)", high, low])
            })
    }

    @Test func addsUpItsBuckets() {
        let sums = checksum([(0, 2, "1", "-1"), (7, 3, "18446744073709551615", "2")])
        #expect(sums.rows == 5)
        // 1 + (2^64 - 1) and -1 + 2, both modulo 2^64.
        #expect(sums.text == "00000000000000000000000000000001")
        #expect(TableChecksum([]).text == String(repeating: "0", count: 32))
    }

    @Test func findsTheBucketsThatDiffer() {
        let one = checksum([(0, 2, "1", "1"), (1, 1, "5", "5"), (3, 1, "9", "9")])
        let other = checksum([(0, 2, "1", "1"), (1, 1, "5", "6"), (2, 1, "9", "9")])
        #expect(TableChecksum.differing([one, other]) == [1, 2, 3])
        #expect(TableChecksum.differing([one, one, one]) == [])
        #expect(TableChecksum.differing([one, TableChecksum([])]) == [0, 1, 3])
    }

    @Test func choosesBucketsByTheTablesSize() {
        func buckets(_ rows: Int64) -> Int { ChecksumQuery(ComparedTable.sample(rows: rows)).buckets }
        #expect(buckets(0) == 1)
        #expect(buckets(501) == 2)
        #expect(buckets(100_000) == 256)
        #expect(buckets(5_000_000_000) == 4096)
    }

    @Test func quotesEveryName() {
        let table = ComparedTable.sample(
            name: RelationName(schema: "a b", name: "c\"d"), columns: ["e'f", "g"], key: ["e'f"])
        let sums = ChecksumQuery(table).sums
        #expect(sums.contains(#"FROM ONLY "a b"."c""d""#))
        #expect(sums.contains(#"ROW("e'f", "g")::text"#))
        #expect(ChecksumQuery(table).rows(inBuckets: [0]).contains(#""e'f"::text AS shown0"#))
    }

    @Test func readsDigests() {
        #expect(
            RowDigest(hex: "000000000000000affffffffffffffff") == RowDigest(high: 10, low: .max))
        for text in ["", "0", String(repeating: "g", count: 32), String(repeating: "0", count: 33)] {
            #expect(RowDigest(hex: text) == nil)
        }
        #expect(RowDigest(high: 1, low: 5) < RowDigest(high: 1, low: 6))
        #expect(RowDigest(high: 1, low: 5) < RowDigest(high: 2, low: 0))
    }
}

extension ComparedTable {
    static func sample(
        name: RelationName = RelationName(schema: "public", name: "t"), columns: [String] = ["id"],
        key: [String] = ["id"],
        rows: Int64 = 0
    ) -> ComparedTable {
        ComparedTable(
            name: name, nodes: ["n1", "n2"], missingOn: [], isPartitioned: false, columns: columns, key: key,
            rowFilter: nil, differences: [], estimatedRows: rows)
    }
}
