import Testing

@testable import Postgres

@Suite struct SettingsFileTests {
    private let text = """
        # a comment: port = 1
        port = 5432\t\t# (change requires restart)
        Shared_Buffers 128MB
          log_line_prefix = '%m ''x'' \\n\\101 # no comment'  # one
        custom.setting='v'
        #listen_addresses = 'localhost'
        include_if_exists = 'extra.conf'
        include_dir 'conf.d'
        port=6000

        """

    @Test func readsTheServersSyntax() {
        let file = ServerSettingsFile(text: text)
        #expect(file.get("port") == "6000")
        #expect(file.get("shared_buffers") == "128MB")
        #expect(file.get("SHARED_BUFFERS") == "128MB")
        #expect(file.get("log_line_prefix") == "%m 'x' \nA # no comment")
        #expect(file.get("custom.setting") == "v")
        #expect(file.get("listen_addresses") == nil)
        #expect(file.includes.map(\.path) == ["extra.conf", "conf.d"])
        #expect(file.includes.map(\.directive) == ["include_if_exists", "include_dir"])
        #expect(file.all.count == 7)
    }

    @Test func setsInPlaceAndLeavesTheRestAlone() {
        var file = ServerSettingsFile(text: text)
        file.set("log_line_prefix", "it's")
        #expect(file.text == text.replacing("'%m ''x'' \\n\\101 # no comment'", with: "'it''s'"))
        file = ServerSettingsFile(text: text)
        file.set("PORT", "7000")
        #expect(file.text == text.replacing("port=6000", with: "PORT = '7000'"))
        #expect(file.get("port") == "7000")
        file = ServerSettingsFile(text: "a = 1 # why\r\nlast = 2")
        file.set("a", "3")
        file.set("new", "x y")
        #expect(file.text == "a = '3' # why\r\nlast = 2\nnew = 'x y'\n")
    }

    @Test func removesEveryLineOfAName() {
        var file = ServerSettingsFile(text: text)
        #expect(file.remove(["Port", "absent"]) == ["port"])
        #expect(file.get("port") == nil)
        #expect(file.text.contains("# a comment: port = 1"))
        #expect(file.all.count == 5)
        file.remove { $0.hasPrefix("include") }
        #expect(file.includes.isEmpty)
        #expect(file.get("shared_buffers") == "128MB")
    }

    @Test(arguments: [
        "", "plain", "it's", "''", "a\\b", "\\", "two\nlines", "cr\r", "#hash", "=", "ü €", "trailing \\'", "'\\''",
    ])
    func anyValueIsReadBack(_ value: String) {
        var file = ServerSettingsFile(text: "# head\n")
        file.set("name", value)
        #expect(file.get("name") == value)
        #expect(file.text.filter { $0 == "\n" }.count == 2)
        file.set("name", "other")
        file.set("name", value)
        #expect(ServerSettingsFile(text: file.text).get("name") == value)
    }

    @Test(arguments: ["= 1", "1port = 2", "name", "name = 'open", "name = 'a' b", "name =", "na me = 1 2", "a-b = 1"])
    func linesTheServerRefusesAreNoSettings(_ line: String) {
        #expect(ServerSettingsFile(text: line).all.isEmpty)
    }

    @Test func bytesOfOtherEncodingsSurvive() {
        let latin: [UInt8] = Array("# M".utf8) + [0xFC] + Array("ller\nport = 1\n# end ".utf8) + [0xE9]
        var file = ServerSettingsFile(bytes: latin)
        file.set("port", "2")
        #expect(file.bytes == Array("# M".utf8) + [0xFC] + Array("ller\nport = '2'\n# end ".utf8) + [0xE9])
        file.remove(["port"])
        #expect(file.bytes == Array("# M".utf8) + [0xFC] + Array("ller\n# end ".utf8) + [0xE9])
    }

    @Test func anEmptyFileTakesSettings() {
        var file = ServerSettingsFile(text: "")
        #expect(file.all.isEmpty)
        file.set("a", "1")
        #expect(file.text == "a = '1'\n")
    }

    @Test func managedSettingsAreSortedAndChecked() throws {
        #expect(
            try ManagedSettings.text(["port": "6001", "archive_command": "x --y='z' \"%p\""])
                == """
                # Written by pgstanza; changes made here are lost. Set postgresql_conf in the spec instead.
                archive_command = 'x --y=''z'' "%p"'
                port = '6001'

                """)
        #expect(throws: PostgresError.self) { try ManagedSettings.text(["bad name": "1"]) }
        #expect(throws: PostgresError.self) { try ManagedSettings.text(["a\nb": "1"]) }
        #expect(throws: PostgresError.self) { try ManagedSettings.text(["a": "x\0"]) }
    }

    @Test func theIncludeIsAddedOnce() {
        let once = ManagedSettings.including("port = 1")
        #expect(once == "port = 1\n\ninclude_if_exists = 'pgstanza.conf'\n")
        #expect(ManagedSettings.including(once) == once)
    }
}
