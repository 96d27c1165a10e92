import Catalog
import FoundationEssentials

/// A short name for the content of a value: equal contents, equal names.
///
/// It guards against things having moved by themselves, not against somebody who forges a plan: whoever can do that
/// can also run the restore. The hash of the JSON text with sorted keys.
enum Fingerprint {
    static func of(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Encoding a plain value of strings and numbers does not fail; if it ever did, no two names would be equal.
        guard let bytes = try? encoder.encode(value) else { return "unknown" }
        return ContentHash.of(bytes)
    }
}
