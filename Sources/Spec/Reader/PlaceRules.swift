/// What two nodes may not share: with the usual layout a node's name is a part of the path, and with a path of the
/// spec's own it is not.
enum PlaceRules {
    static func check(spec: Item, nodes: [Item]) {
        var first: [RepositoryPlace: String] = [:]
        for node in nodes {
            let config = node["backup_config"] ?? spec["backup_config"]
            for item in config?.list("repositories") ?? [] {
                let repository = RepositoryReader.build(item)
                guard let place = repository.place, let path = customPath(item),
                    PathRules.complaint(path.text ?? "", longest: .max) == nil
                else { continue }
                let name = node["name"]?.text ?? ""
                let other = first.updateValue(name, forKey: place)
                guard let other, other != name else { continue }
                path.refuse(
                    "nodes \(other) and \(name) would write into one repository: \(place)",
                    hint: "give each node a backup_config with a path of its own, or leave the path to pgstanza")
            }
        }
    }

    private static func customPath(_ repository: Item) -> Item? {
        repository["custom_options"]?.members.first { OptionNames.withoutRepository($0.key ?? "") == "path" }
    }
}
