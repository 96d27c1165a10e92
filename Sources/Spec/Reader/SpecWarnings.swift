extension SpecReader {
    /// What is allowed and probably not meant, one sentence each.
    ///
    /// What two instances of one host id may not share is an error already; here it is about instances of different
    /// host ids, which are one machine when the home directory's configuration names no `host_id`.
    public static func warnings(for spec: DatabaseSpec) -> [String] {
        sharedPorts(spec) + sharedDirectories(spec) + overriddenSettings(spec) + backupWarnings(spec) + unused(spec)
    }

    private static func sharedPorts(_ spec: DatabaseSpec) -> [String] {
        let places = instances(of: spec).compactMap { instance in
            instance.port.flatMap { $0 == 0 ? nil : ("\($0)", instance) }
        }
        return shared(places).map { port, instances in
            "port \(port) is used by \(Wording.list(instances.map(\.name))): on one machine only one of them could start"
        }
    }

    private static func sharedDirectories(_ spec: DatabaseSpec) -> [String] {
        let places = instances(of: spec).compactMap { instance in
            instance.pgdata.map { (PathRules.normalized($0), instance) }
        }
        return shared(places).map { directory, instances in
            "\(directory) is the data directory of \(Wording.list(instances.map(\.name))): "
                + "on one machine they would be one server"
        }
    }

    private struct Instance {
        let node: String
        let host: String
        let port: Int?
        let pgdata: String?
        var name: String { "\(node) on \(host)" }
    }

    private static func instances(of spec: DatabaseSpec) -> [Instance] {
        spec.effectiveNodes.flatMap { node in
            node.hostIDs.enumerated().map { index, host in
                let own = node.local.instances[host]
                return Instance(
                    node: node.name, host: host, port: own?.port ?? node.port,
                    pgdata: own?.pgdata ?? (index == 0 ? node.local.pgdata : nil))
            }
        }
    }

    /// The values that several instances have, in the order of the spec.
    private static func shared(_ places: [(String, Instance)]) -> [(String, [Instance])] {
        var order: [String] = []
        var byValue: [String: [Instance]] = [:]
        for (value, instance) in places {
            if byValue[value] == nil { order.append(value) }
            byValue[value, default: []].append(instance)
        }
        return order.compactMap { value in
            byValue[value].flatMap { $0.count > 1 ? (value, $0) : nil }
        }
    }

    private static func overriddenSettings(_ spec: DatabaseSpec) -> [String] {
        let owners =
            [("postgresql_conf", spec.postgresqlConf)]
            + spec.nodes.map { ("postgresql_conf of \($0.name)", $0.postgresqlConf) }
        return owners.flatMap { owner, settings in
            settings.keys.sorted().compactMap { name in
                SettingNames.warning(name).map { "\(name) in \(owner) is set by pgstanza: \($0)" }
            }
        }
    }

    private static func backupWarnings(_ spec: DatabaseSpec) -> [String] {
        let configs =
            [("backup_config", spec.backupConfig)]
            + spec.nodes.map { ("backup_config of \($0.name)", $0.backupConfig) }
        return configs.flatMap { owner, config -> [String] in
            guard let config else { return [] }
            var warnings: [String] = []
            if !config.schedules.isEmpty, !config.schedules.contains(where: { $0.type == .full }) {
                warnings.append(
                    "\(owner) has no schedule for full backups: retention counts those, so that nothing expires")
            }
            for (index, repository) in config.repositories.enumerated() {
                let place = "repositories[\(index)] in \(owner)"
                switch repository.kind {
                case .s3(_, nil, _, _, _) where !sets("s3-region", repository):
                    warnings.append("\(place) names no s3_region: us-east-1 is taken")
                case .azure(_, _, _, nil) where !sets("azure-key", repository):
                    warnings.append("\(place) has no azure_key: only newer versions of pgBackRest can do without")
                default: break
                }
            }
            return warnings
        }
    }

    private static func sets(_ option: String, _ repository: Repository) -> Bool {
        (Array(repository.customOptions.keys) + repository.customSecrets.keys)
            .contains { OptionNames.withoutRepository($0) == option }
    }

    private static func unused(_ spec: DatabaseSpec) -> [String] {
        spec.notUsed.isEmpty ? [] : ["not used by pgstanza: " + spec.notUsed.joined(separator: ", ")]
    }
}
