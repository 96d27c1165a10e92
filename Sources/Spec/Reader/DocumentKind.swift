/// Which of the request bodies a document is.
enum DocumentKind {
    case database
    case restore
    case backup
    case failure(Complaint)

    /// Tells by the keys. A spec may hold `restore_config` too, so its own keys decide first.
    static func recognize(_ item: Item) -> DocumentKind {
        guard item.isObject else {
            return .failure(
                Complaint(
                    "expected a spec or a request, which is an object, found \(Wording.found(item.node))", hint: forms))
        }
        let keys = Set(item.members.compactMap(\.key))
        let restoreKeys = keys.intersection(RequestTable.restore.keys.map(\.name))
        let backupKeys = keys.intersection(RequestTable.backup.keys.map(\.name))
        let databaseKeys = keys.intersection((DatabaseTable.spec.keys + DatabaseTable.body.keys).map(\.name))
            .subtracting(restoreKeys)
        if !databaseKeys.isEmpty { return .database }
        switch (restoreKeys.isEmpty, backupKeys.isEmpty) {
        case (false, true): return .restore
        case (true, false): return .backup
        case (true, true):
            return .failure(Complaint("this is neither a spec nor a request: none of its keys is known", hint: forms))
        case (false, false):
            let restore = Wording.list(restoreKeys.sorted().map(Wording.quoted))
            let backup = Wording.list(backupKeys.sorted().map(Wording.quoted))
            return .failure(
                Complaint(
                    "this could be a restore (\(restore)) or a backup (\(backup)): a document is one of them",
                    hint: forms))
        }
    }

    private static let forms =
        "a spec is {\"id\": …, \"spec\": {…}} or the spec by itself, a restore is "
        + "{\"target_nodes\": […], \"restore_config\": {…}}, a backup is {\"type\": …}"
}
