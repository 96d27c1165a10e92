import Testing

@testable import PgBackRest

@Suite struct ManifestReaderTests {
    private func file(_ lines: [String]) -> BackupFile? {
        let reader = ManifestReader(name: "pg_data/global/pg_control", label: "20261121-014322F")
        for line in lines { reader.take(line) }
        return reader.file(stanza: "db")
    }

    @Test func aFileOfItsOwn() {
        let found = file([
            "option-compress-type=\"zst\"", #"pg_data/global/pg_control={"checksum":"ab","repo-size":181,"size":8192}"#,
        ])
        #expect(
            found
                == BackupFile(
                    path: "backup/db/20261121-014322F/pg_data/global/pg_control.zst", offset: 0, length: nil,
                    compression: "zst"))
    }

    @Test func aFileInABundle() {
        let found = file([
            "option-compress-type=\"gz\"",
            #"pg_data/global/pg_control_other={"bni":9,"bno":1,"repo-size":1}"#,
            #"pg_data/global/pg_control={"bni":2,"bno":195095,"repo-size":181,"size":8192}"#,
        ])
        #expect(
            found
                == BackupFile(
                    path: "backup/db/20261121-014322F/bundle/2", offset: 195_095, length: 181, compression: "gz"))
    }

    @Test func theFirstFileOfABundleOfAnEarlierSet() {
        let found = file([
            "option-compress-type=\"none\"",
            #"pg_data/global/pg_control={"bni":1,"reference":"20261120-000000F","repo-size":8192,"size":8192}"#,
        ])
        #expect(found?.path == "backup/db/20261120-000000F/bundle/1")
        #expect(found?.offset == 0)
    }

    @Test func aFileThatIsNotThere() {
        #expect(file(["option-compress-type=\"gz\"", "pg_data/base/1/1={}"]) == nil)
    }
}
