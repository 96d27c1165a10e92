import Postgres

extension UpdatePlanner {
    /// Settings, ports, host based authentication and user name maps of a cluster that pgstanza made.
    func settings(_ before: NodePlacement, _ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan) {
        guard !seen.isAdopted else { return adopted(before, node, seen, &plan) }
        let differences = Self.settingDifferences(before, node, ownerName)
        var restarting: [String] = []
        for (name, old, new) in differences {
            if name == "port" {
                add(.port, node, "port", "\(old ?? "") becomes \(new ?? "")", &plan)
            } else {
                let value = Self.shown(name, new)
                let detail = new == nil ? "\(name) goes back to its default" : "\(name) = \(value)"
                add(
                    .setting, node, name, detail + (old.map { " (was \(Self.shown(name, $0)))" } ?? ""), &plan)
            }
            if Self.alwaysRestarting.contains(name) || seen.restartSettings.contains(name) { restarting.append(name) }
        }
        if before.primary.binDir != node.primary.binDir, node.spec.local.binDir != nil {
            restarting.append("bin_dir")
        }
        file("pg_hba.conf", .hba, before.spec.pgHBAConf, node.spec.pgHBAConf, before, node, seen, &plan)
        file("pg_ident.conf", .ident, before.spec.pgIdentConf, node.spec.pgIdentConf, before, node, seen, &plan)
        if !differences.isEmpty { questionEdits(ManagedSettings.fileName, before, node, seen, &plan) }
        restart(node, for: restarting, &plan)
        if plan.has(node.name, .setting, .port),
            let texts = try? NewClusterFiles(node: node, ownerName: ownerName).texts,
            let text = texts[ManagedSettings.fileName]
        {
            plan.files.append(PlannedFile(path: "\(node.primary.pgdata)/\(ManagedSettings.fileName)", text: text))
        }
    }

    private func restart(_ node: NodePlacement, for names: [String], _ plan: inout UpdatePlan) {
        guard !names.isEmpty else { return }
        let with = node.replicas.contains(where: \.isHere) ? " with its replicas on this machine" : ""
        let why = names.sorted().joined(separator: ", ")
        add(.restart, node, "", "the server\(with), for \(why)", &plan)
        plan.questions.append("\(node.name): the server is restarted\(with) (\(why))")
    }

    /// Settings of which a change always takes a restart, whether the server can be asked or not.
    private static let alwaysRestarting: Set<String> = ["port", "unix_socket_directories", "listen_addresses"]

    /// Name, old and new value of every setting that differs, sorted by name.
    static func settingDifferences(
        _ before: NodePlacement, _ node: NodePlacement, _ ownerName: String
    ) -> [(name: String, old: String?, new: String?)] {
        let old = NewClusterFiles(node: before, ownerName: ownerName).settings
        let new = NewClusterFiles(node: node, ownerName: ownerName).settings
        return Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map { ($0, old[$0], new[$0]) }
    }

    /// A connection string may hold a password.
    private static func shown(_ name: String, _ value: String?) -> String {
        name.contains("conninfo") || name.contains("password") && name != "password_encryption"
            ? "********" : value ?? ""
    }

    private func file(
        _ name: String, _ kind: UpdateChange.Kind, _ old: [String], _ new: [String], _ before: NodePlacement,
        _ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan
    ) {
        guard old != new else { return }
        let added = new.filter { !old.contains($0) }.map { "+ \($0)" }
        let dropped = old.filter { !new.contains($0) }.map { "- \($0)" }
        let detail = added + dropped
        add(
            kind, node, name, detail.isEmpty ? "the same lines in another order" : detail.joined(separator: "; "), &plan
        )
        questionEdits(name, before, node, seen, &plan)
        if let texts = try? NewClusterFiles(node: node, ownerName: ownerName).texts, let text = texts[name] {
            plan.files.append(PlannedFile(path: "\(node.primary.pgdata)/\(name)", text: text))
        }
    }

    /// What somebody wrote into the file by hand would be lost.
    private func questionEdits(
        _ name: String, _ before: NodePlacement, _ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan
    ) {
        guard let text = seen.files[name] else { return }
        let known = [before, node].compactMap { (try? NewClusterFiles(node: $0, ownerName: ownerName).texts)?[name] }
        guard !known.contains(text) else { return }
        plan.questions.append(
            "\(node.name): \(name) was changed by hand, and is replaced by what the spec says")
    }

    /// An adopted cluster keeps its own settings.
    private func adopted(_ before: NodePlacement, _ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan)
    {
        let (old, new) = (before.spec, node.spec)
        if old.postgresqlConf != new.postgresqlConf || old.pgHBAConf != new.pgHBAConf
            || old.pgIdentConf != new.pgIdentConf
        {
            plan.warnings.append(
                "\(node.name): an adopted cluster keeps its settings; postgresql_conf, pg_hba_conf and pg_ident_conf "
                    + "of the spec are not applied")
        }
    }

    func add(
        _ kind: UpdateChange.Kind, _ node: NodePlacement, _ subject: String, _ detail: String, _ plan: inout UpdatePlan
    ) {
        plan.steps.append(UpdateChange(node: node.name, kind: kind, subject: subject, detail: detail))
    }
}
