import FoundationEssentials
import Testing

@testable import Operations

/// Whose backup a living pgbackrest takes: one that might be the node's own is never taken for gone.
@Suite struct AbandonedBackupTests {
    @Test func aProcessCountsUnlessItIsSurelyAnothers() throws {
        let directory =
            FileManager.default.temporaryDirectory.path + "/pgstanza-abandoned-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let pgdata = directory + "/pgdata"
        let (own, other) = (directory + "/own.conf", directory + "/other.conf")
        try Data("[db]\npg1-path=\(pgdata)\n".utf8).write(to: URL(fileURLWithPath: own))
        try Data("[db]\npg1-path=/data/another\n".utf8).write(to: URL(fileURLWithPath: other))
        for (arguments, expected) in [
            (["--stanza=db", "backup"], true), (["--config=\(own)", "backup"], true),
            (["--config=\(other)", "backup"], false), (["--config=/not/there", "backup"], true),
            (["--config=\(other)", "--pg1-path=\(pgdata)", "backup"], true),
            (["--pg1-path=/data/another", "backup"], false),
        ] {
            #expect(AbandonedBackup.isAbout(pgdata, arguments) == expected, "\(arguments)")
        }
    }
}
