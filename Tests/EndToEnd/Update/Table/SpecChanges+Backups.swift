import PositionedJSON
import Testing

extension SpecChanges {
    private static func changeRepositories(_ spec: inout JSONTree, _ change: (inout [JSONTree]) -> Void) {
        var repositories = spec["spec"]?["backup_config"]?["repositories"]?.arrayValue ?? []
        change(&repositories)
        spec = spec.replacing("spec", "backup_config", "repositories", with: .array(repositories))
    }

    static func repositories(_ box: Sandbox) throws -> [SpecChange] {
        let other = try box.posixRepository(id: "other", path: "repo-other")
        let moved = try box.posixRepository(id: "other", path: "repo-moved")
        let again = try box.posixRepository(id: "again", path: "repo")
        func path(_ top: String, _ id: String) -> SpecChange.Fact {
            .value("\(box.path)/\(top)/databases/shop/\(id)/n1")
        }
        return [
            SpecChange("retention", ["change-repository"], ["n1 stanza repo1-retention-full": "3"]) {
                changeRepositories(&$0) { $0[0]["retention_full"] = 3 }
            },
            SpecChange("what retention counts", ["change-repository"], ["n1 stanza repo1-retention-full-type": "count"])
            {
                changeRepositories(&$0) { $0[0]["retention_full_type"] = "count" }
            },
            SpecChange("an option of a repository", ["change-repository"], ["n1 stanza repo1-retention-diff": "4"]) {
                changeRepositories(&$0) { $0[0]["custom_options"] = ["retention-diff": "4"] }
            },
            SpecChange("the option goes", ["change-repository"], ["n1 stanza repo1-retention-diff": .gone]) {
                changeRepositories(&$0) { $0[0] = $0[0].replacing("custom_options", with: .null) }
            },
            SpecChange(
                "a repository more, killed when its stanza is made", ["add-repository"],
                [
                    "n1 stanza repo2-path": path("repo-other", "other"), "n1 stanza repo2-type": "posix",
                    "n1 stanza repo2-retention-full": "7", "n1 stanza repo2-retention-full-type": "time",
                    "n1 stanza repo2-bundle": "y", "n1 in repo-other/other": "F",
                ], killedAt: "update.stanza"
            ) { changeRepositories(&$0) { $0.append(other) } },
            SpecChange(
                "the other order", ["write-configuration"],
                [
                    "n1 stanza repo1-path": path("repo-other", "other"), "n1 stanza repo1-retention-full": "7",
                    "n1 stanza repo1-retention-full-type": "time", "n1 stanza repo2-path": path("repo", "local"),
                    "n1 stanza repo2-retention-full": "3", "n1 stanza repo2-retention-full-type": "count",
                ]
            ) { changeRepositories(&$0) { $0.reverse() } },
            SpecChange(
                "another place, killed when the configuration is written", ["add-repository", "remove-repository"],
                ["n1 stanza repo1-path": path("repo-moved", "other"), "n1 in repo-moved/other": "F"],
                killedAt: "update.configuration"
            ) { changeRepositories(&$0) { $0[0] = moved } },
            SpecChange(
                "a repository less, killed when it is proven", ["remove-repository"],
                [
                    "n1 stanza repo1-path": path("repo", "local"), "n1 stanza repo1-retention-full": "3",
                    "n1 stanza repo1-retention-full-type": "count", "n1 stanza repo2-path": .gone,
                    "n1 stanza repo2-type": .gone, "n1 stanza repo2-retention-full": .gone,
                    "n1 stanza repo2-retention-full-type": .gone, "n1 stanza repo2-bundle": .gone,
                ], killedAt: "update.proven"
            ) { changeRepositories(&$0) { $0.removeFirst() } },
            SpecChange("an option of pgbackrest", ["write-configuration"], ["n1 stanza process-max": "1"]) {
                $0 = $0.replacing(
                    "spec", "orchestrator_opts", "local", "pgbackrest", with: ["options": ["process-max": "1"]])
            },
            SpecChange(
                "a configuration that somebody changed", ["write-configuration"], [:]
            ).after { bench in
                let file = bench.box.home + "/databases/shop/n1/pgbackrest.backup.conf"
                try bench.box.write(file, readText(file) + "repo1-retention-full=1\n", mode: 0o600)
            },
            SpecChange(
                "no backups, killed when archiving is off", ["backups-off"],
                [
                    "n1 backups": "none", "n1/host-1 setting archive_command": "/bin/true",
                    "n1/host-1 waits for a restart archive_mode": "on",
                    "n1/host-1 file postgresql.auto.conf": .holds("archive_mode = 'off'"), "n1 stanza *": .gone,
                ], killedAt: "update.archiving-off"
            ) { $0 = $0.replacing("spec", "backup_config", with: .null) }.showing { bench in
                let refused = try await bench.box.pgstanza("backup", "shop", "--type", "full").expect(exit: 73)
                #expect(refused.errorOutput.contains("backup_config"))
            },
            SpecChange(
                "backups again, under another id", ["backups-on"],
                [
                    "n1 backups": "on", "n1/host-1 setting archive_command": .holds("pgbackrest"),
                    "n1/host-1 waits for a restart archive_mode": .gone,
                    "n1/host-1 file postgresql.auto.conf": .holds("archive_mode = 'on'"), "n1 stanza *": .another,
                    "n1 in repo/again": "F",
                ]
            ) { $0 = $0.replacing("spec", "backup_config", with: ["repositories": [again]]) },
        ]
    }

    static func schedules(_ box: Sandbox) throws -> [SpecChange] {
        @Sendable func schedules(_ list: [JSONTree], _ spec: inout JSONTree) {
            spec = spec.replacing("spec", "backup_config", "schedules", with: list.isEmpty ? .null : .array(list))
        }
        @Sendable func expect(_ wanted: [String], _ bench: UpdateBench) async throws {
            let list = try await bench.box.pgstanza("schedule", "list", "shop", "--json").expect(exit: 0).json()
            let found = (list["schedules"]?.arrayValue ?? []).map {
                "\($0["schedule"]?.stringValue ?? "?") \($0["type"]?.stringValue ?? "?") \($0["cron_expression"]?.stringValue ?? "?")"
            }
            #expect(found == wanted, "\(list.text(pretty: true))")
        }
        let night: JSONTree = ["id": "night", "type": "full", "cron_expression": "0 2 * * *"]
        return [
            SpecChange(
                "schedules", ["change-schedules"], [:]
            ) { schedules([night, ["id": "noon", "type": "incr", "cron_expression": "0 12 * * *"]], &$0) }.showing {
                try await expect(["night full 0 2 * * *", "noon incr 0 12 * * *"], $0)
            },
            SpecChange(
                "a schedule's time and type", ["change-schedules"], [:]
            ) { schedules([night, ["id": "noon", "type": "diff", "cron_expression": "30 12 * * 1-5"]], &$0) }.showing {
                try await expect(["night full 0 2 * * *", "noon diff 30 12 * * 1-5"], $0)
            },
            SpecChange("no schedules", ["change-schedules"], [:]) {
                schedules([], &$0)
            }.showing { try await expect([], $0) },
            SpecChange("hooks", ["accept"], [:]) {
                $0 = $0.replacing("spec", "orchestrator_opts", "local", "hooks", with: ["after_backup": ["/bin/true"]])
            },
        ]
    }
}
