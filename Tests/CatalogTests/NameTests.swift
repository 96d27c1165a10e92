import Catalog
import Failures
import TargetTime
import Testing

@Suite("Names that become paths")
struct NameTests {
    @Test(
        "database ids", arguments: ["a", "0", "my-db", "a-0-b", String(repeating: "x", count: 36)])
    func goodIDs(_ id: String) throws {
        #expect(try Names.checkDatabaseID(id) == id)
    }

    @Test(
        "what is no database id is the command line's fault",
        arguments: [
            "", "-", "-a", "a-", "A", "a_b", "a.b", "..", "a/b", "a b", "a\n", "a\0", "é",
            String(repeating: "x", count: 37),
        ])
    func badIDs(_ id: String) {
        let error = #expect(throws: CatalogError.self) { try Names.checkDatabaseID(id) }
        #expect(error?.kind == .usage)
        #expect(error?.hint?.contains("1 to 36") == true)
    }

    @Test(
        "node names",
        arguments: [("n1", true), ("n12", true), ("n", false), ("m1", false), ("n1/", false), ("n-1", false)])
    func nodes(_ name: String, _ isNode: Bool) {
        #expect(Names.isNode(name) == isNode)
    }

    @Test("an error about a name shows no control character")
    func printable() {
        let error = #expect(throws: CatalogError.self) { try Names.checkTaskID("\u{1B}[2J") }
        #expect(error?.message == "\"\u{fffd}[2J\" is not a task id")
    }

    @Test("ids of tasks sort by time and are recognised")
    func sortable() throws {
        let first = SortableID.make(at: try #require(Instant.parse(iso8601: "2026-11-21T01:30:00Z")))
        let second = SortableID.make(at: try #require(Instant.parse(iso8601: "2026-11-21T01:30:01Z")))
        #expect(first.hasPrefix("20261121-013000-"))
        #expect(first < second)
        #expect(Names.isSortableID(first))
        for bad in ["", "20261121-013000-", "20261121-013000-4F2A", "20261121-013000-4f2a/", "2026112-013000-4f2a"] {
            #expect(!Names.isSortableID(bad), "\(bad)")
        }
    }

    @Test("the home's paths are those of the manual")
    func paths() {
        let home = Home(path: "/h/")
        let task = "20261121-013000-4f2a"
        #expect(home.path == "/h")
        #expect(home.configFile == "/h/config.json")
        #expect(home.runDir == "/h/run")
        #expect(home.databaseFile("d") == "/h/databases/d/database.json")
        #expect(home.schedulesFile("d") == "/h/databases/d/schedules.json")
        #expect(home.statusFile("d") == "/h/databases/d/status.json")
        #expect(home.taskFile("d", task: task) == "/h/databases/d/tasks/\(task).json")
        #expect(home.taskLog("d", task: task) == "/h/databases/d/tasks/\(task).log")
        #expect(home.restoreDir("d", restore: task) == "/h/databases/d/restores/\(task)")
        #expect(home.backupConfigFile("d", "n1") == "/h/databases/d/n1/pgbackrest.backup.conf")
        #expect(home.restoreConfigFile("d", "n1") == "/h/databases/d/n1/pgbackrest.restore.conf")
        #expect(home.confDir("d", "n1") == "/h/databases/d/n1/conf")
        #expect(home.lockDir("d", "n1") == "/h/databases/d/n1/lock")
        #expect(home.defaultDataDir("d", "n1") == "/h/databases/d/n1/pgdata")
        #expect(home.locksDir == "/h/locks")
    }

    @Test(
        "secrets do not get into the command line that lock files and tasks keep",
        arguments: [
            (["/usr/bin/pgstanza", "backup", "d", "--type", "full"], "pgstanza backup d --type full"),
            (
                ["pgstanza", "restore", "d", "--repository", "{\"s3_key\":1}"],
                "pgstanza restore d --repository ********"
            ),
            (["pgstanza", "restore", "--repository={}", "d"], "pgstanza restore --repository=******** d"),
            (["pgstanza", "--option", "repo1-cipher-pass=x=y"], "pgstanza --option repo1-cipher-pass=********"),
            (["pgstanza", "--option=repo1-s3-key=x"], "pgstanza --option=repo1-s3-key=********"),
            (["pgstanza", "--option=type=time", "--target=a=key"], "pgstanza --option=type=time --target=a=key"),
            ([], ""),
        ])
    func commandText(_ arguments: [String], _ text: String) {
        #expect(CommandText.masked(arguments) == text)
    }
}
