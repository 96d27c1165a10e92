import Postgres

/// What one node's table comes to, bucket by bucket.
struct TableChecksum: Sendable, Equatable {
    struct Bucket: Sendable, Equatable {
        var rows: Int64
        /// Sums of the halves of the rows' digests, modulo 2^64.
        var high: UInt64
        var low: UInt64
    }

    private(set) var buckets: [Int: Bucket] = [:]

    /// Reads the answer to ``ChecksumQuery/sums``.
    init(_ rows: [Row]) {
        for row in rows {
            guard let number = row.integer("bucket"), let count = row.integer("rows") else { continue }
            add(
                Bucket(rows: count, high: Self.modulo(row["high"]), low: Self.modulo(row["low"])),
                number: Int(number))
        }
    }

    init() {}

    mutating func add(_ bucket: Bucket, number: Int) { buckets[number] = bucket }

    /// Sums of as many 64-bit numbers as a table can have rows stay within 128 bits.
    private static func modulo(_ text: String?) -> UInt64 {
        UInt64(truncatingIfNeeded: text.flatMap { Int128($0) } ?? 0)
    }

    /// Rows of the whole table.
    var rows: Int64 { buckets.values.reduce(0) { $0 + $1.rows } }

    /// Of the whole table, 32 hexadecimal digits: the same for the same rows in whatever order.
    var text: String {
        let high = buckets.values.reduce(UInt64(0)) { $0 &+ $1.high }
        let low = buckets.values.reduce(UInt64(0)) { $0 &+ $1.low }
        return [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Numbers of the buckets in which not all are the same, sorted.
    static func differing(_ checksums: [TableChecksum]) -> [Int] {
        guard let first = checksums.first else { return [] }
        let numbers = Set(checksums.flatMap(\.buckets.keys))
        return numbers.filter { number in
            checksums.contains { $0.buckets[number] != first.buckets[number] }
        }.sorted()
    }
}
