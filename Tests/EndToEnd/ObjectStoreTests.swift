import Foundation
import PositionedJSON
import Testing

/// The whole way on S3 over TLS.
@Suite struct ObjectStoreTests {
    @Test func createsBacksUpAndRestoresToATime() async throws {
        try await withSandbox { box in
            let store = try await box.startObjectStore()
            let spec = try box.write(
                "spec.json",
                box.spec(id: "shop", repositories: [store.repository(basePath: "/pg")]).text(pretty: true), mode: 0o600)
            try await box.pgstanza("db", "create", spec, "--yes", timeLimit: 300).expect(exit: 0)
            let primary = try await box.instances(of: "shop")[0]
            let story = try await Story(primary: primary)
            try await box.pgstanza("backup", "shop", "--type", "full", timeLimit: 300).expect(exit: 0)
            _ = try await story.stage("first")
            try await box.pgstanza("backup", "shop", "--type", "incr", timeLimit: 300).expect(exit: 0)
            try await Task.sleep(for: .seconds(1.1))
            let second = try await story.stage("second")
            _ = try await story.stage("third")

            let listing = try await box.pgstanza("backups", "shop", "--json").expect(exit: 0).json()
            #expect(
                listing["nodes"]?[0]?["backups"]?.arrayValue?.map { $0["type"]?.stringValue } == ["full", "incr"])
            let result = try await box.pgstanza(
                "restore", "shop", "--type", "time", "--target", second.time, "--yes", timeLimit: 300
            ).expect(exit: 0)
            #expect(try await Story.contents(on: primary) == second.contents)

            // The secret is in the generated configuration, in the accepted spec, and nowhere else.
            #expect(!result.output.contains(store.secretKey) && !result.errorOutput.contains(store.secretKey))
            let files = FileManager.default.enumerator(atPath: box.home)?.compactMap { $0 as? String } ?? []
            for file in files where !file.contains("/pgdata/") {
                let path = box.home + "/" + file
                guard readText(path).contains(store.secretKey) else { continue }
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file) holds the secret with mode \(String(mode ?? 0, radix: 8))")
                #expect(!file.contains("/tasks/") && !file.hasSuffix(".log"), "\(file) holds the secret")
            }
        }
    }
}
