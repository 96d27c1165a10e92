/// As much of a `pg_control` as `archive-get` looks at: whose WAL is meant.
///
/// `archive-get` finds the archive by the system identifier in `pg1-path/global/pg_control`. The node's own directory
/// can hold another cluster, or nothing; so a file is made from what the repository itself says. Every compression and
/// cipher then works without a further program.
struct ControlFile: Equatable {
    let systemIdentifier: UInt64
    /// `pg_control_version`: 1300 for Postgres 13 to 16, 1700 for 17, 1800 for 18.
    let controlVersion: UInt32
    let catalogVersion: UInt32
    let segmentSize: UInt32

    /// As long as Postgres makes it; pgBackRest reads the first 512 bytes.
    static let size = 8192

    /// The bytes of the file, with the checksum that later versions of pgBackRest look at; nil when the layout of this
    /// control version is not known. Offsets are those of `ControlFileData` in Postgres's `pg_control.h`.
    var bytes: [UInt8]? {
        guard let checksumOffset = Self.checksumOffsets[controlVersion] else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.size)
        func put(_ value: some FixedWidthInteger, at offset: Int) {
            withUnsafeBytes(of: value) { for (index, byte) in $0.enumerated() { bytes[offset + index] = byte } }
        }
        put(systemIdentifier, at: 0)
        put(controlVersion, at: 8)
        put(catalogVersion, at: 12)
        // state: in production
        put(UInt32(6), at: 16)
        // checkPointCopy.ThisTimeLineID and PrevTimeLineID
        put(UInt32(1), at: 48)
        put(UInt32(1), at: 52)
        // maxAlign, floatFormat (1234567.0), blcksz, relseg_size, xlog_blcksz, xlog_seg_size
        put(UInt32(8), at: 204)
        put(1_234_567.0.bitPattern, at: 208)
        put(UInt32(8192), at: 216)
        put(UInt32(131_072), at: 220)
        put(UInt32(8192), at: 224)
        put(segmentSize, at: 228)
        put(CRC32C.checksum(bytes[..<checksumOffset]), at: checksumOffset)
        return bytes
    }

    /// Where `crc` stands, by control version.
    static let checksumOffsets: [UInt32: Int] = [1300: 288, 1700: 288, 1800: 292]
}

/// The checksum that Postgres puts on its control file.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in (crc >> 8) ^ table[Int((crc ^ UInt32(byte)) & 0xFF)] }
    }
}
