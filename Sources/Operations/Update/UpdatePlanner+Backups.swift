import Catalog
import Failures
import Spec

extension UpdatePlanner {
    /// Repositories, schedules and whether there are backups at all, on one node.
    func backups(_ before: NodePlacement, _ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan) throws {
        let (old, new) = (before.spec.backupConfig, node.spec.backupConfig)
        switch (seen.backups, new) {
        case (.none, nil): break
        case (_, nil): off(node, seen, old?.repositories ?? [], &plan)
        case (.off, let new?):
            try onAfterRestore(node, seen, old?.repositories ?? [], new.repositories, &plan)
            askAboutArchiving(node, seen, &plan)
        case (.none, let new?):
            on(node, seen, new.repositories, &plan)
            askAboutArchiving(node, seen, &plan)
        case (.on, let new?): try changed(before, node, seen, old?.repositories ?? [], new.repositories, &plan)
        }
        schedules(node, old?.schedules ?? [], new?.schedules ?? [], &plan)
    }

    private func off(_ node: NodePlacement, _ seen: UpdateFacts, _ old: [Repository], _ plan: inout UpdatePlan) {
        let names = old.map(NodeRepositories.name(of:)).joined(separator: ", ")
        add(
            .backupsOff, node, "",
            "nothing is archived any more; what is in \(names) stays, is listed, and can be restored", &plan)
    }

    /// A node whose backups are off since it was restored: into a new repository, or on in the old one by choice.
    private func onAfterRestore(
        _ node: NodePlacement, _ seen: UpdateFacts, _ old: [Repository], _ new: [Repository], _ plan: inout UpdatePlan
    ) throws {
        let names = new.map(NodeRepositories.name(of:)).joined(separator: ", ")
        let difference = RepositoryDifference(old, new)
        if seen.isOpeningBook || difference.added.count == new.count {
            if upgradesStanza { upgrades(node, seen, new, &plan) }
            return add(.backupsOn, node, "", "into \(names), with a full backup; old backups stay listed", &plan)
        }
        guard difference.added.isEmpty else {
            throw refusal(
                "mixed-repositories",
                "backups of \(node.name) are off since it was restored, and of the repositories \(names) some are from "
                    + "before the restore",
                hint: "give every repository an id of its own, or leave them as they were and let pgstanza do it: "
                    + "pgstanza db update \(wanted.id)")
        }
        if upgradesStanza { upgrades(node, seen, new, &plan) }
        if keepsRepository || plan.has(node.name, .upgradeStanza) {
            return add(.backupsOn, node, "", "into \(names) as before, with a full backup", &plan)
        }
        add(
            .backupsOn, node, "",
            "into a repository id that follows \(names), with a full backup; old backups stay listed", &plan)
    }

    /// Turning archiving on may restart the server, or end what somebody else does with the WAL.
    private func askAboutArchiving(_ node: NodePlacement, _ seen: UpdateFacts, _ plan: inout UpdatePlan) {
        guard let archive = seen.archive else { return }
        if !archive.isOn {
            plan.questions.append("\(node.name): the server is restarted, since archive_mode is off")
        } else if !["", ArchiveCommand.discarding].contains(archive.command),
            !ArchiveCommand.isOwn(archive.command, configPath: node.backupConfigPath)
        {
            plan.questions.append(
                "\(node.name): its WAL no longer goes where it goes now (archive_command = '\(archive.command)')")
        }
    }

    private func on(_ node: NodePlacement, _ seen: UpdateFacts, _ new: [Repository], _ plan: inout UpdatePlan) {
        let names = new.map(NodeRepositories.name(of:)).joined(separator: ", ")
        upgrades(node, seen, new, &plan)
        add(.backupsOn, node, "", "into \(names), with a full backup", &plan)
    }

    /// Repositories of another cluster that become this one's by choice.
    private func upgrades(_ node: NodePlacement, _ seen: UpdateFacts, _ new: [Repository], _ plan: inout UpdatePlan) {
        for (index, repository) in new.enumerated() {
            guard let current = seen.repositories[index + 1]?.currentSystemIdentifier,
                let own = seen.systemIdentifier, current != own
            else { continue }
            let name = NodeRepositories.name(of: repository)
            add(
                .upgradeStanza, node, name,
                "\(name) goes on with system identifier \(own) after \(current); its old backups stay restorable", &plan
            )
        }
    }

    private func changed(
        _ before: NodePlacement, _ node: NodePlacement, _ seen: UpdateFacts, _ old: [Repository], _ new: [Repository],
        _ plan: inout UpdatePlan
    ) throws {
        let difference = RepositoryDifference(old, new)
        for change in difference.changed {
            let name = NodeRepositories.name(of: new[change.index])
            try refuseOtherCipher(change, name, node)
            add(.changeRepository, node, name, "\(name): \(change.keys.joined(separator: ", "))", &plan)
        }
        let added = difference.added.map { new[$0] }
        if upgradesStanza { upgrades(node, seen, new, &plan) }
        for repository in added {
            let name = NodeRepositories.name(of: repository)
            add(.addRepository, node, name, "\(name): stanza, proof that WAL arrives, and a full backup", &plan)
        }
        for index in difference.removed {
            let name = NodeRepositories.name(of: old[index])
            add(
                .removeRepository, node, name,
                "\(name): no longer written; what is in it stays, is listed, can be restored and does not expire", &plan
            )
        }
        let isWritten = plan.has(node.name, .addRepository, .changeRepository, .removeRepository)
        if !isWritten, difference.isReordered || !seen.isConfigurationCurrent {
            let why =
                difference.isReordered
                ? "the repositories in their new order"
                : before.spec.local.pgbackrest == node.spec.local.pgbackrest
                    ? "it is not what pgstanza would write now"
                    : "with the options of orchestrator_opts.local.pgbackrest"
            add(.configuration, node, "", "\(node.backupConfigPath): \(why)", &plan)
        }
    }

    /// What is in a repository stays encrypted as it is.
    private func refuseOtherCipher(_ change: RepositoryDifference.Changed, _ name: String, _ node: NodePlacement) throws
    {
        let ciphers = change.keys.filter { $0.hasPrefix("custom_options.") && $0.contains("cipher") }
        guard !ciphers.isEmpty else { return }
        throw refusal(
            "other-cipher",
            "repository \(name) of \(node.name) is there, and its encryption cannot be changed "
                + "(\(ciphers.joined(separator: ", ")))",
            hint: "give the repository another id: a new one is made, and the old one stays readable")
    }

    private func schedules(_ node: NodePlacement, _ old: [Schedule], _ new: [Schedule], _ plan: inout UpdatePlan) {
        guard old != new else { return }
        var parts: [String] = []
        for schedule in new {
            let text = "\(schedule.id) (\(schedule.type.rawValue) at \(schedule.cronExpression))"
            guard let before = old.first(where: { $0.id == schedule.id }) else {
                parts.append("+ \(text)")
                continue
            }
            if before != schedule { parts.append("\(text), was \(before.type.rawValue) at \(before.cronExpression)") }
        }
        parts += old.filter { before in !new.contains { $0.id == before.id } }.map { "- \($0.id)" }
        add(
            .schedules, node, "", parts.isEmpty ? "the same in another order" : parts.joined(separator: "; "), &plan)
    }
}
