/// A short name for bytes, against what happens to files and memory by itself, not against forgery.
public enum ContentHash {
    /// 32 hexadecimal digits: FNV-1a twice, with different bases.
    ///
    /// Each step maps different states to different states, so that a single changed byte always gives another name.
    public static func of(_ bytes: some Sequence<UInt8>) -> String {
        hex(fnv(bytes, basis: 0xcbf2_9ce4_8422_2325)) + hex(fnv(bytes, basis: 0x8422_2325_cbf2_9ce4))
    }

    private static func fnv(_ bytes: some Sequence<UInt8>, basis: UInt64) -> UInt64 {
        var hash = basis
        for byte in bytes {
            hash ^= UInt64(byte)
            hash = hash &* 0x100_0000_01b3
        }
        return hash
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
