import Catalog
import Foundation
import PositionedJSON
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test("the version, and help without a home")
    func information() async throws {
        try await Place.with { place in
            let version = try await place.run("--version")
            #expect(version.status == 0)
            #expect(version.output.hasPrefix("pgstanza "))
            for arguments in [[], ["--help"], ["help"], ["help", "db"], ["db", "--help"], ["db", "list", "-h"]] {
                let help = try await place.start(arguments).end()
                #expect(help.status == 0, "\(arguments)")
                #expect(help.output.contains("USAGE: pgstanza"), "\(arguments)")
                #expect(help.error.isEmpty, "\(arguments)")
            }
            #expect(!FileInformation.exists(place.home.path))
        }
    }

    @Test(
        "what is wrong with a command line is said, with the way out, and is 64",
        arguments: [
            (["db"], "error: a command is missing after \"pgstanza db\"", "hint: known here: "),
            (["dbs"], "error: unknown command \"pgstanza dbs\"", "did you mean \"pgstanza db\"?"),
            (["db", "lsit"], "error: unknown command \"pgstanza db lsit\"", "did you mean \"pgstanza db list\"?"),
            (["--json", "task", "shwo"], "unknown command \"pgstanza task shwo\"", "\"pgstanza task show\"?"),
            (["elephant"], "unknown command \"pgstanza elephant\"", "known here: db, "),
            (["db", "validate"], "error: missing expected argument '<spec>'", "see 'pgstanza db validate --help'"),
            (["db", "list", "extra"], "unexpected argument 'extra'", "see 'pgstanza db list --help'"),
            (["db", "list", "--jsno"], "unknown option '--jsno'", "see 'pgstanza db list --help'"),
            (["db", "list", "--home"], "missing value for '--home", "see 'pgstanza db list --help'"),
            (["db", "list", "--home", ""], "--home needs a directory", "see 'pgstanza db list --help'"),
            (["db", "list", "--home="], "missing value for '--home", "see 'pgstanza db list --help'"),
            (["db", "show"], "missing expected argument '<id>'", "see 'pgstanza db show --help'"),
            (["db", "show", "No_Id"], "\"No_Id\" is not a database id", "hint: 1 to 36 of a-z, 0-9 and '-'"),
            (["task", "list", "../x"], "\"../x\" is not a database id", "1 to 36"),
            (["task", "list", "--count", "0"], "--count needs a number, 1 or more", "pgstanza task list --help"),
            (["task", "list", "--count", "x"], "the value 'x' is invalid for '--count", "pgstanza task list --help"),
            (["task", "show", "1"], "\"1\" is not a task id", "'pgstanza task list' shows them"),
            (["task", "log"], "missing expected argument '<task>'", "pgstanza task log --help"),
            (["task", "wait", "../../etc"], "\"../../etc\" is not a task id", "20261121-013000-4f2a"),
            (["task", "cancel", ""], "\"\" is not a task id", "20261121-013000-4f2a"),
            (["doctor", "everything"], "unexpected argument 'everything'", "pgstanza doctor --help"),
        ] as [([String], String, String)])
    func usage(_ arguments: [String], _ message: String, _ hint: String) async throws {
        try await Place.with { place in
            let run = try await place.start(arguments).end()
            #expect(run.status == 64)
            #expect(run.output.isEmpty)
            #expect(run.error.contains(message), "\(run.error)")
            #expect(run.error.contains(hint), "\(run.error)")
        }
    }

    @Test("a command line that is wrong makes no home")
    func nothingMade() async throws {
        try await Place.with { place in
            let run = try await place.run("db", "list", "--nonsense")
            #expect(run.status == 64)
            #expect(!FileInformation.exists(place.home.path))
        }
    }

    @Test("with --json the last line of standard error is the error, wherever --json stands")
    func usageAsJSON() async throws {
        try await Place.with { place in
            for arguments in [
                ["--json", "db", "lsit"], ["db", "show", "X", "--json"], ["db", "--json", "show", "X"],
            ] {
                let run = try await place.start(arguments).end()
                let error = try #require(try run.errorJSON()["error"])
                #expect(error["exit_code"]?.intValue == 64)
                #expect(error["code"]?.stringValue?.isEmpty == false)
                #expect(error["message"]?.stringValue?.isEmpty == false)
                #expect(error["hint"]?.stringValue?.isEmpty == false)
                #expect(error["task"] == .null)
                #expect(run.output.isEmpty)
            }
        }
    }

    @Test("global options may stand before the command, and come from the environment")
    func globalOptions() async throws {
        try await Place.with { place in
            let elsewhere = Home(path: place.path + "/elsewhere")
            for arguments in [
                ["--json", "--home", elsewhere.path, "db", "list"],
                ["db", "--home=" + elsewhere.path, "list", "--json"],
            ] {
                let run = try await place.start(arguments).end()
                #expect(run.status == 0, "\(run.error)")
                #expect(try run.json() == ["databases": []])
            }
            let run = try await place.run("db", "list", environment: ["PGSTANZA_JSON": "1"])
            #expect(try run.json() == ["databases": []])
        }
    }

    @Test("-q says nothing when all is well, and does not hold an error back")
    func quiet() async throws {
        try await Place.with { place in
            let spec = try place.file("spec.json", smallSpec)
            for arguments in [["db", "list", "-q"], ["task", "list", "-q"], ["db", "validate", spec, "-q"]] {
                let run = try await place.start(arguments).end()
                #expect(run.status == 0)
                #expect(run.output.isEmpty && run.error.isEmpty, "\(run.output)\(run.error)")
            }
            let failed = try await place.run("db", "show", "nothing", "-q")
            #expect(failed.status == 66)
            #expect(failed.error.hasPrefix("error: there is no database \"nothing\"\nhint: "))
            let schema = try await place.run("db", "schema", environment: ["PGSTANZA_QUIET": "yes"])
            #expect(try schema.json()["$schema"]?.stringValue?.contains("json-schema.org") == true)
        }
    }

    @Test("a reader that goes away is no error; a full disk is")
    func outputThatGoesAway() async throws {
        try await Place.with { place in
            let piped = try await place.shell("{ \"$0\" db schema; echo $? >&2; } | head -c 10")
            #expect(piped.error == "0\n")
            #expect(piped.output.utf8.count == 10)
            let full = try await place.shell("\"$0\" db schema > /dev/full")
            #expect(full.status == 1)
            #expect(full.error.contains("could not be written to standard output"))
        }
    }

    @Test("nothing colours or moves what is no terminal")
    func plain() async throws {
        try await Place.with { place in
            for arguments in [["doctor"], ["db", "show", "nothing"], ["db", "list"]] {
                let run = try await place.start(arguments).end()
                #expect(!run.output.contains("\u{1B}") && !run.error.contains("\u{1B}"))
                #expect(!run.error.contains("\r"))
            }
        }
    }
}
