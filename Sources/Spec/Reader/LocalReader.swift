/// Reads `orchestrator_opts.local`.
enum LocalReader {
    static func read(_ item: Item) -> LocalOptions {
        var instances: [String: LocalInstance] = [:]
        for member in item["instances"]?.members ?? [] {
            instances[member.key ?? ""] = LocalInstance(
                pgdata: member["pgdata"]?.text, port: member["port"]?.integer)
        }
        let pgbackrest = item["pgbackrest"]
        return LocalOptions(
            pgdata: item["pgdata"]?.text, instances: instances, binDir: item["bin_dir"]?.text,
            socketDir: item["socket_dir"]?.text, address: item["address"]?.text, superuser: item["superuser"]?.text,
            service: service(item), replication: replication(item["replication"]),
            pgbackrest: PgBackRestOptions(
                bin: pgbackrest?["bin"]?.text, stanza: pgbackrest?["stanza"]?.text,
                options: pgbackrest?["options"]?.settings(.yesNo) ?? [:]),
            hooks: hooks(item["hooks"]))
    }

    /// `"pg_ctl"`, or `{"type": "systemd", "unit": …}`, or `"systemd"` with the unit in a key beside it.
    private static func service(_ item: Item) -> ServiceKind? {
        guard let service = item["service"] else {
            item["unit"]?.refuseKey(
                Complaint("\"unit\" goes with service systemd", hint: "add \"service\": \"systemd\""))
            return nil
        }
        let unit = service["unit"] ?? item["unit"]
        let type = service.text ?? service["type"]?.text
        if type != "systemd" {
            unit?.refuseKey(
                Complaint("\"unit\" goes with service systemd only", hint: "take it out, or use service systemd"))
        }
        switch type {
        case "pg_ctl": return .pgCtl
        case "pg_ctlcluster": return .pgCtlCluster
        case "systemd":
            guard let unit else {
                let hint = "write {\"type\": \"systemd\", \"unit\": \"NAME.service\"}"
                service.refuse("service systemd needs the name of its unit", hint: hint)
                return nil
            }
            return .systemd(unit: unit.text ?? "")
        default: return nil
        }
    }

    private static func replication(_ item: Item?) -> ReplicationOptions? {
        guard let item, let name = item.text ?? item["provider"]?.text else { return nil }
        return ReplicationOptions.Provider(rawValue: name).map {
            ReplicationOptions(provider: $0, holdingSlots: item["holding_slots"]?.boolean ?? false)
        }
    }

    private static func hooks(_ item: Item?) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for member in item?.members ?? [] {
            result[member.key ?? ""] = member.texts
            guard let program = member.elements.first, let path = program.text else { continue }
            if let complaint = PathRules.complaint(path, longest: 1024) { program.refuse(complaint) }
        }
        return result
    }
}
