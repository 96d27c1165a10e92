import Failures
import PgBackRest
import PositionedJSON
import Spec

/// The spec of a cluster that runs: pure, from what was seen of it.
///
/// What the cluster's pgBackRest configuration says is kept as it is, in the same places and with the same retention, so
/// that no backup and no WAL is lost when the cluster comes under pgstanza.
struct AdoptedSpec {
    /// `{"id", "spec"}`, with secrets.
    var document: JSONTree
    /// What a reader has to know or to add.
    var notes: [String]

    /// Throws `cannot-adopt` (73) for what a spec cannot say, and `which-database` (64).
    init(_ facts: AdoptionFacts) throws {
        var notes: [String] = []
        var spec: [String: JSONTree] = [
            "database_name": .string(try Self.database(facts)), "port": .integer(Int64(facts.port)),
            "nodes": .array([Self.node(facts, &notes)]),
        ]
        if facts.stanza != nil {
            spec["backup_config"] = .object(["repositories": .array(try Self.repositories(facts, &notes))])
            notes.append("backup_config has no schedules yet: what takes the backups now goes on until it is taken out")
        } else {
            notes.append("the cluster has no pgBackRest configuration: add backup_config for backups")
        }
        for replica in facts.replicasElsewhere {
            notes.append("\(replica) streams to another machine: add its host to host_ids, with hosts in config.json")
        }
        for participant in facts.participants { notes.append("logical replication: \(participant)") }
        document = .object(["id": .string(facts.id), "spec": .object(spec)])
        self.notes = notes
    }

    private static func database(_ facts: AdoptionFacts) throws -> String {
        if let wanted = facts.wantedDatabase {
            guard facts.databases.contains(wanted) || wanted == "postgres" else {
                throw OperationError(
                    .notFound, code: "no-such-database", "the cluster has no database \(wanted)",
                    hint: "it has \((facts.databases + ["postgres"]).joined(separator: ", "))")
            }
            return wanted
        }
        if facts.databases.count == 1 { return facts.databases[0] }
        if facts.databases.isEmpty { return "postgres" }
        if facts.databases.contains(facts.id) { return facts.id }
        throw OperationError(
            .usage, code: "which-database",
            "the cluster has the databases \(facts.databases.joined(separator: ", ")), and a spec is about one",
            hint: "choose with --database; backups and restores are of the whole cluster all the same")
    }

    private static func node(_ facts: AdoptionFacts, _ notes: inout [String]) -> JSONTree {
        let host = facts.hostID ?? "host-1"
        var local: [String: JSONTree] = ["pgdata": .string(facts.pgdata)]
        if facts.superuser != facts.ownerName { local["superuser"] = .string(facts.superuser) }
        var backrest: [String: JSONTree] = [:]
        if let stanza = facts.stanza { backrest["stanza"] = .string(stanza) }
        if let program = facts.program { backrest["bin"] = .string(program) }
        let options = globalOptions(facts, &notes)
        if !options.isEmpty { backrest["options"] = .object(options.mapValues { .string($0) }) }
        if !backrest.isEmpty { local["pgbackrest"] = .object(backrest) }
        var hosts = [host]
        var instances: [String: JSONTree] = [:]
        for (index, replica) in facts.replicas.enumerated() {
            guard facts.hostID == nil else {
                notes.append(
                    "the replica in \(replica.pgdata) shares this machine, which config.json names: it is left out")
                continue
            }
            let name = "host-\(index + 2)"
            hosts.append(name)
            instances[name] = .object([
                "pgdata": .string(replica.pgdata), "port": .integer(Int64(replica.port)),
            ])
        }
        if !instances.isEmpty { local["instances"] = .object(instances) }
        return .object([
            "name": .string("n1"), "host_ids": .array(hosts.map { .string($0) }),
            "orchestrator_opts": .object(["local": .object(local)]),
        ])
    }

    /// Options of no repository, without those that pgstanza sets itself.
    private static func globalOptions(_ facts: AdoptionFacts, _ notes: inout [String]) -> [String: String] {
        var kept: [String: String] = [:]
        var own: [String] = []
        for (name, value) in facts.options where number(of: name) == nil {
            if name.hasPrefix("pg") { continue }
            if OwnOptions.reason(for: name) != nil { own.append(name) } else { kept[name] = value }
        }
        if !own.isEmpty {
            notes.append("pgstanza has its own: \(own.sorted().joined(separator: ", "))")
        }
        if !facts.commandOptions.isEmpty {
            let list = facts.commandOptions.map { "[\($0.section)] \($0.name)" }.sorted().joined(separator: ", ")
            notes.append("options of single commands are not taken over: \(list)")
        }
        return kept
    }

    /// `3` of `repo3-path`; nil for an option of no repository.
    private static func number(of option: String) -> Int? {
        guard option.hasPrefix("repo") else { return nil }
        let digits = option.dropFirst(4).prefix { $0.isNumber }
        guard option.dropFirst(4 + digits.count).hasPrefix("-") else { return nil }
        return Int(digits)
    }

    private static func repositories(_ facts: AdoptionFacts, _ notes: inout [String]) throws -> [JSONTree] {
        var byNumber: [Int: [String: String]] = [:]
        for (name, value) in facts.options {
            guard let number = number(of: name) else { continue }
            byNumber[number, default: [:]][String(name.dropFirst("repo\(number)-".count))] = value
        }
        // A configuration without any says pgBackRest's own default place.
        if byNumber.isEmpty { byNumber[1] = [:] }
        return try byNumber.sorted { $0.key < $1.key }.map { number, options in
            try AdoptedRepository(number: number, options: options).tree(&notes)
        }
    }
}
