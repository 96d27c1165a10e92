import Glibc
import Testing

/// The files under Examples/.
enum Examples {
    static let directory: String = {
        // …/Tests/SpecTests/Support/Examples.swift
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/Examples"
    }()

    /// The JSON files of a directory under Examples/, sorted by name.
    static func names(in subdirectory: String = "") throws -> [String] {
        let path = subdirectory.isEmpty ? directory : directory + "/" + subdirectory
        let handle = try #require(opendir(path), "no directory \(path)")
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") { names.append(subdirectory.isEmpty ? name : subdirectory + "/" + name) }
        }
        return names.sorted()
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try #require(fopen(directory + "/" + name, "r"), "no file \(name)")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }
}
