import Catalog
import Foundation
import PositionedJSON
import Testing

/// What is said about the home, and who works in it. What needs root is tried when the tests run as root.
@Suite("The home and its owner")
struct HomeTests {
    @Test("looking at a home that is not there is no error; started as root it is made for postgres")
    func missingHome() async throws {
        try await Place.with { place in
            let run = try await place.run("db", "list", "--json")
            #expect(run.status == 0, "\(run.error)")
            let home = try FileInformation.of(place.home.path)
            if place.isRoot {
                #expect(home?.mode == 0o700)
                #expect(home?.owner == getpwnam("postgres")?.pointee.pw_uid)
            } else {
                #expect(home == nil)
            }
        }
    }

    @Test("--dry-run, and commands that only look at files, make no home")
    func nothingMade() async throws {
        try await Place.with { place in
            let spec = try place.file("spec.json", smallSpec)
            _ = try await place.run("db", "validate", spec)
            _ = try await place.run("db", "schema")
            _ = try await place.run("doctor")
            _ = try await place.run("task", "cancel", "20261121-013000-4f2a", "--dry-run")
            #expect(!FileInformation.exists(place.home.path))
        }
    }

    @Test("a home that is a file is 77")
    func homeIsFile() async throws {
        try await Place.with { place in
            let file = try place.file("home-file", "")
            let run = try await place.run("db", "list", "--home", file)
            #expect(run.status == 77)
            #expect(run.error.contains("\(file) is not a directory"))
        }
    }

    @Test("a home of root's is 77, and only one that is ours may be given away", .enabled(if: geteuid() == 0))
    func homeOfRoot() async throws {
        try await Place.with { place in
            try place.home.prepare()
            let own = try await place.run("db", "list", "--json")
            #expect(own.status == 77)
            #expect(try own.errorJSON()["error"]?["code"] == "home-of-root")
            #expect(try own.errorJSON()["error"]?["hint"]?.stringValue == "chown -R postgres: \(place.home.path)")
            _ = try place.file("home/letters", "")
            let shared = try await place.run("db", "list", "--json")
            #expect(shared.status == 77)
            #expect(try shared.errorJSON()["error"]?["hint"]?.stringValue?.contains("--home") == true)
        }
    }

    @Test("a home of somebody else's is 77")
    func homeOfAnother() async throws {
        try await Place.with { place in
            // Through a descriptor: the executable can lie where only root may enter.
            let other = place.isRoot ? "setpriv --reuid=nobody --regid=nogroup --clear-groups" : ""
            let run = try await place.shell("exec 9< \"$0\"; exec \(other) /proc/self/fd/9 db list --home /usr")
            #expect(run.status == 77)
            #expect(run.error.contains("error: the home directory /usr belongs to root, and you are "), "\(run.error)")
            #expect(run.error.contains("hint: it holds other things too: name a directory of its own with --home"))
        }
    }

    @Test("files that only root may read are read, though the work is done by another", .enabled(if: geteuid() == 0))
    func inputFiles() async throws {
        try await Place.with { place in
            try Directory.make(place.path + "/private", mode: 0o700)
            let spec = try place.file("private/spec.json", "{\"spec\": {\"database_name\": 7}}", mode: 0o600)
            let absolute = try await place.run("db", "create", spec)
            #expect(absolute.status == 65)
            #expect(absolute.error.contains("error: \(spec):1:28: spec.database_name: "), "\(absolute.error)")
            // From a directory that the owner may not enter, by a name that means nothing anywhere else.
            let relative = try await place.shell(
                "cd \"$1\" && exec \"$0\" db create spec.json", place.path + "/private")
            #expect(relative.status == 65)
            #expect(relative.error.contains("error: spec.json:1:28: spec.database_name: "), "\(relative.error)")
            let missing = try await place.shell("cd \"$1\" && exec \"$0\" db create none.json", place.path + "/private")
            #expect(missing.status == 66)
        }
    }

    @Test("config.json is read strictly, and only where it matters")
    func configuration() async throws {
        try await Place.with { place in
            try place.home.prepare()
            try AtomicFile.write("{\n  \"hostid\": \"a\"\n}", to: place.home.configFile)
            try place.giveHome()
            let run = try await place.run("db", "list", "--json")
            #expect(run.status == 65)
            #expect(
                try run.errorJSON()["error"]?["message"]?.stringValue
                    == "\(place.home.configFile):2:3: the configuration: unknown key \"hostid\"")
            #expect(try run.errorJSON()["error"]?["hint"] == "did you mean \"host_id\"?")
            #expect(try await place.run("db", "schema").status == 0)
        }
    }

    @Test("doctor names what is wrong, with the mend, and changes nothing")
    func doctor() async throws {
        try await Place.with { place in
            try place.home.prepare()
            try AtomicFile.write("{", to: place.home.configFile)
            try place.giveHome()
            chmod(place.home.path, 0o777)
            let run = try await place.run("doctor", "--json")
            #expect(run.status == 1)
            let document = try run.json()
            #expect(document["state"] == "failed")
            let findings = try #require(document["findings"]?.arrayValue)
            func finding(_ name: String) -> JSONTree? { findings.first { $0["name"]?.stringValue == name } }
            #expect(finding("permissions")?["state"] == "failed")
            #expect(finding("permissions")?["hint"]?.stringValue == "chmod 700 \(place.home.path)")
            #expect(finding("configuration")?["state"] == "failed")
            #expect(finding("locks")?["state"] == "ok")
            #expect(finding("home")?["state"] == "ok")
            for name in ["user", "clock", "pgbackrest", "postgres", "space", "socket-dir"] {
                #expect(finding(name) != nil, "\(name)")
            }
            for finding in findings where finding["state"] != "ok" {
                #expect(finding["hint"]?.stringValue?.isEmpty == false)
            }
            let long = try await place.run(
                "doctor", "--json", "--home", place.path + "/" + String(repeating: "x", count: 100))
            let socket = try long.json()["findings"]?.arrayValue?.first { $0["name"] == "socket-dir" }
            #expect(socket?["state"] == "failed")
        }
    }

    @Test("doctor says when a program is missing")
    func missingPrograms() async throws {
        try await Place.with { place in
            let run = try await place.start(["doctor", "--json"], environment: ["PATH": "/nonexistent"]).end()
            let findings = try run.json()["findings"]?.arrayValue ?? []
            let backrest = findings.first { $0["name"] == "pgbackrest" }
            #expect(backrest?["state"] == "failed")
            #expect(backrest?["hint"]?.stringValue?.contains("install") == true)
            #expect(run.status == 1)
        }
    }
}
