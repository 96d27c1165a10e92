import PositionedJSON
import Testing

/// The changes that a database is led through, one after the other: each begins where the one before it ended.
///
/// It begins with one node, a replica on `host-2`, a repository `local`, the setting `work_mem` and the user `boss`.
enum SpecChanges {
    static func all(_ box: Sandbox) throws -> [SpecChange] {
        settings + (try ports()) + accessFiles + users + (try repositories(box)) + (try schedules(box))
            + (try replicas(box)) + (try nodes(box))
    }

    /// A fact of the primary and of its replica on this machine, which follows it.
    static func both(_ fact: String, _ value: SpecChange.Fact) -> [String: SpecChange.Fact] {
        ["n1/host-1 \(fact)": value, "n1/host-2 \(fact)": value]
    }

    /// A setting of both, and the file that holds it.
    static func setting(_ name: String, _ value: SpecChange.Fact) -> [String: SpecChange.Fact] {
        both("setting \(name)", value) + both("file pgstanza.conf", .another)
    }

    /// Both are other processes than before.
    static let restarted = both("process", .another)
}

extension JSONTree {
    /// The settings of the spec.
    fileprivate mutating func set(_ name: String, _ value: JSONTree) {
        self = replacing("spec", "postgresql_conf", name, with: value)
    }
}

extension SpecChanges {
    static var settings: [SpecChange] {
        [
            SpecChange("a setting's value", ["change-setting"], setting("work_mem", "8192")) {
                $0.set("work_mem", "8MB")
            },
            SpecChange("a setting that is new", ["change-setting"], setting("log_min_duration_statement", "5000")) {
                $0.set("log_min_duration_statement", "5s")
            },
            SpecChange(
                "several at once, killed before the server reads them", ["change-setting", "change-setting"],
                setting("work_mem", "6144") + setting("maintenance_work_mem", "32768"), killedAt: "update.accepted"
            ) {
                $0.set("work_mem", "6MB")
                $0.set("maintenance_work_mem", "32MB")
            },
            SpecChange(
                "settings that are gone", ["change-setting", "change-setting"],
                setting("log_min_duration_statement", "-1") + setting("maintenance_work_mem", "65536")
            ) {
                $0.set("log_min_duration_statement", .null)
                $0.set("maintenance_work_mem", .null)
            },
            // pg_settings leaves it out; SHOW does not.
            SpecChange("a setting of nobody's", ["change-setting"], both("file pgstanza.conf", .another)) {
                $0.set("shop.motto", "open late")
            }.showing { bench in
                let motto = try await bench.primary().value("SHOW shop.motto")
                #expect(motto == "open late")
            },
            SpecChange("a node's own value", ["change-setting"], setting("work_mem", "16384")) {
                $0 = $0.replacing("spec", "nodes", 0, "postgresql_conf", with: ["work_mem": "16MB"])
            },
            SpecChange("the node's own goes", ["change-setting"], setting("work_mem", "6144")) {
                $0 = $0.replacing("spec", "nodes", 0, "postgresql_conf", with: .null)
            },
            SpecChange(
                "more connections, with a restart", ["change-setting", "restart"],
                setting("max_connections", "70") + restarted, killedAt: "update.settings-written"
            ) { $0.set("max_connections", "70") },
            SpecChange(
                "fewer connections, the primary first", ["change-setting", "restart"],
                setting("max_connections", "60") + restarted, killedAt: "update.restarted"
            ) { $0.set("max_connections", "60") },
            SpecChange("a setting that pgstanza has a key for", ["accept"], [:]) { $0.set("archive_mode", "off") },
        ]
    }

    static func ports() throws -> [SpecChange] {
        let (primary, replica) = (try FreePorts.take(), try FreePorts.take())
        @Sendable func port(_ host: String, _ port: Int, _ spec: inout JSONTree) {
            spec = spec.replacing(
                "spec", "nodes", 0, "orchestrator_opts", "local", "instances", host, "port", with: .integer(Int64(port))
            )
        }
        return [
            SpecChange(
                "the primary's port", ["change-port", "restart", "write-configuration"],
                [
                    "n1/host-1 setting port": "\(primary)", "n1/host-1 file pgstanza.conf": .another,
                    "n1/host-2 file pgstanza.conf": .another,
                    "n1/host-2 file postgresql.auto.conf": .holds("\(primary)"),
                    "n1/host-2 setting primary_conninfo": .holds("port=\(primary)"), "n1 stanza pg1-port": "\(primary)",
                ] + restarted, killedAt: "update.restarted"
            ) { port("host-1", primary, &$0) },
            SpecChange(
                "the replica's port", ["change-replica-port"],
                [
                    "n1/host-2 setting port": "\(replica)", "n1/host-2 file postgresql.auto.conf": .holds("\(replica)"),
                    "n1/host-2 process": .another,
                ]
            ) { port("host-2", replica, &$0) },
        ]
    }

    static var accessFiles: [SpecChange] {
        [
            SpecChange(
                "lines of pg_hba.conf", ["change-hba"], both("file pg_hba.conf", .holds("192.0.2.0/24"))
            ) { $0 = $0.replacing("spec", "pg_hba_conf", with: ["host all all 192.0.2.0/24 reject"]) },
            SpecChange("a node's own line", ["change-hba"], both("file pg_hba.conf", .holds("198.51.100.0/24"))) {
                $0 = $0.replacing("spec", "nodes", 0, "pg_hba_conf", with: ["host all all 198.51.100.0/24 reject"])
            },
            SpecChange("lines of pg_ident.conf", ["change-ident"], both("file pg_ident.conf", .holds("other one two")))
            {
                $0 = $0.replacing("spec", "pg_ident_conf", with: ["other one two"])
            },
            SpecChange(
                "no lines, and the file was changed by hand", ["change-hba", "change-ident"],
                both("file pg_hba.conf", .another) + both("file pg_ident.conf", .another)
            ) {
                $0 = $0.replacing("spec", "pg_hba_conf", with: .null).replacing("spec", "pg_ident_conf", with: .null)
                    .replacing("spec", "nodes", 0, "pg_hba_conf", with: .null)
            }.showing { bench in
                let text = readText(try await bench.primary().dataDirectory + "/pg_hba.conf")
                #expect(!text.contains("203.0.113") && !text.contains("192.0.2"))
            }.after { bench in
                let file = try await bench.primary().dataDirectory + "/pg_hba.conf"
                try bench.box.write(file, readText(file) + "host all all 203.0.113.0/24 reject\n", mode: 0o600)
            },
        ]
    }
}
