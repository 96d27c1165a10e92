import Catalog
import Foundation

/// Hands `body` a home in a directory of its own, and removes it afterwards.
func withHome<Result>(_ body: (Home) async throws -> Result) async throws -> Result {
    let path = "/tmp/pgstanza-catalog-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(Home(path: path))
}

/// The permission bits of a file.
func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
}
