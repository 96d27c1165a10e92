/// Reads `backup_config`.
enum BackupConfigReader {
    static func read(_ item: Item) -> BackupConfig {
        let repositoryItems = item.list("repositories")
        repositoryItems.refuseRepeated("repository ids") { $0["id"] }
        let repositories = repositoryItems.map(RepositoryReader.read)
        refuseSharedPlaces(repositoryItems, repositories)

        let scheduleItems = item.list("schedules")
        scheduleItems.refuseRepeated("schedule ids") { $0["id"] }
        return BackupConfig(repositories: repositories, schedules: scheduleItems.map(schedule))
    }

    private static func schedule(_ item: Item) -> Schedule {
        Schedule(
            id: item["id"]?.text ?? "", type: item["type"]?.text.flatMap(BackupType.init(rawValue:)) ?? .full,
            cronExpression: item["cron_expression"]?.text ?? "")
    }

    /// Two repositories of one place would write over each other's backups.
    private static func refuseSharedPlaces(_ items: [Item], _ repositories: [Repository]) {
        var first: [RepositoryPlace: Int] = [:]
        for (index, repository) in repositories.enumerated() {
            // What is missing is reported already, and two of nothing are no place.
            guard let place = repository.place else { continue }
            if let other = first[place] {
                items[index].refuse(
                    "this is the same place as repositories[\(other)]: \(place)",
                    hint: "give them different ids, or a different base_path")
            } else {
                first[place] = index
            }
        }
    }
}
