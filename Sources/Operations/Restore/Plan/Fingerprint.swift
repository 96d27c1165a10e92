import FoundationEssentials

/// A short name for the content of a value: equal contents, equal names.
///
/// It guards against things having moved by themselves, not against somebody who forges a plan: whoever can do that
/// can also run the restore. FNV-1a over the JSON text with sorted keys, twice with different bases, 128 bits in all.
enum Fingerprint {
    static func of(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Encoding a plain value of strings and numbers does not fail; if it ever did, no two names would be equal.
        guard let bytes = try? encoder.encode(value) else { return "unknown" }
        return hex(fnv(bytes, basis: 0xcbf2_9ce4_8422_2325)) + hex(fnv(bytes, basis: 0x8422_2325_cbf2_9ce4))
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
