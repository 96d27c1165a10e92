import Catalog
import Failures
import Foundation
import Testing

@Suite("Files")
struct FileTests {
    @Test("an atomic write replaces the whole file, with its mode, and leaves nothing beside it")
    func atomicWrite() async throws {
        try await withHome { home in
            let path = home.path + "/file"
            try AtomicFile.write("a long first text", to: path, mode: 0o644)
            try AtomicFile.write("second", to: path)
            #expect(try AtomicFile.readText(path) == "second")
            #expect(try mode(path) == 0o600)
            #expect(try Directory.names(in: home.path) == ["file"])
        }
    }

    @Test("a write that cannot be finished leaves the old file and no temporary one")
    func failedWrite() async throws {
        try await withHome { home in
            // A directory cannot be replaced by a file: everything up to the rename works.
            let path = home.path + "/taken"
            try Directory.make(path)
            let error = #expect(throws: CatalogError.self) { try AtomicFile.write("text", to: path) }
            #expect(error?.message.contains(path) == true)
            #expect(try Directory.names(in: home.path) == ["taken"])
            #expect(Directory.isDirectory(path))
        }
    }

    @Test("writing into a directory that is not there is `notFound` and says where")
    func noDirectory() async throws {
        try await withHome { home in
            let error = #expect(throws: CatalogError.self) {
                try AtomicFile.write("text", to: home.path + "/missing/file")
            }
            #expect(error?.kind == .notFound)
            #expect(error?.message == "cannot write \(home.path)/missing/file: No such file or directory")
        }
    }

    @Test("many writers and readers of one file never see half of it")
    func concurrentWriters() async throws {
        try await withHome { home in
            let path = home.path + "/file"
            let texts = (0..<8).map { String(repeating: "\($0)", count: 20_000 + $0) }
            try AtomicFile.write(texts[0], to: path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for text in texts {
                    group.addTask { for _ in 0..<5 { try AtomicFile.write(text, to: path) } }
                    group.addTask {
                        for _ in 0..<20 {
                            let text = try AtomicFile.readText(path)
                            #expect(texts.contains(text))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("directories are made with their mode whatever the umask, and kept as they are when they are there")
    func directories() async throws {
        try await withHome { home in
            try Directory.make(home.path + "/a/b")
            #expect(try mode(home.path + "/a") == 0o700)
            #expect(try mode(home.path + "/a/b") == 0o700)
            try Directory.make(home.path + "/open", mode: 0o777)
            #expect(try mode(home.path + "/open") == 0o777)
            try Directory.make(home.path + "/open", mode: 0o700)
            #expect(try mode(home.path + "/open") == 0o777)
            try AtomicFile.write("", to: home.path + "/file")
            #expect(throws: CatalogError.self) { try Directory.make(home.path + "/file") }
            #expect(throws: CatalogError.self) { try Directory.make(home.path + "/file/below") }
        }
    }

    @Test("a damaged document is named, with what is wrong in it")
    func damagedDocument() async throws {
        struct Document: Codable {
            var number: Int
        }
        try await withHome { home in
            let path = home.path + "/document.json"
            #expect(try StateDocument.readIfPresent(Document.self, from: path) == nil)
            for (text, reason) in [
                ("{}", "the key \"number\" is missing"), ("{\"number\": \"one\"}", "a value of another type"),
                ("{\"number\": 1", "is damaged"), ("", "is damaged"),
            ] {
                try AtomicFile.write(text, to: path)
                let error = #expect(throws: CatalogError.self) { try StateDocument.read(Document.self, from: path) }
                #expect(error?.code == "damaged-file")
                #expect(error?.message.contains(path) == true)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            }
        }
    }
}
