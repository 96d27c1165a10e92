import Glibc

/// Texts as C takes lists of them: an array of pointers that ends with null.
enum CStrings {
    /// Hands `body` the texts, which are gone when it returns.
    static func with<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        pointers.append(nil)
        return body(&pointers)
    }
}
