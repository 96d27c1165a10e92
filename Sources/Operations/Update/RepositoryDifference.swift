import Spec

/// What two lists of repositories differ in. Repositories are the same when they are in the same place.
struct RepositoryDifference: Equatable {
    struct Changed: Equatable {
        /// Index in the wanted list.
        var index: Int
        /// Keys that differ.
        var keys: [String]
    }
    /// Indexes in the wanted list.
    var added: [Int] = []
    /// Indexes in the present list.
    var removed: [Int] = []
    var changed: [Changed] = []
    /// Those that stay have other numbers.
    var isReordered = false

    init(_ present: [Repository], _ wanted: [Repository]) {
        var kept: [Int] = []
        for (index, repository) in wanted.enumerated() {
            guard let before = present.firstIndex(where: { Self.isSame($0, repository) }) else {
                added.append(index)
                continue
            }
            kept.append(before)
            if before != index { isReordered = true }
            let keys = Self.keys(present[before], repository)
            if !keys.isEmpty { changed.append(Changed(index: index, keys: keys)) }
        }
        removed = present.indices.filter { !kept.contains($0) }
    }

    static func isSame(_ a: Repository, _ b: Repository) -> Bool {
        guard let place = a.place, let other = b.place else { return a == b }
        return place == other
    }

    /// The keys of the spec in which two repositories of one place differ, sorted; secrets by their names only.
    private static func keys(_ a: Repository, _ b: Repository) -> [String] {
        guard let before = a.tree.objectValue, let after = b.tree.objectValue else { return [] }
        var found = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        if found.remove("custom_options") != nil {
            let (old, new) = (before["custom_options"]?.objectValue ?? [:], after["custom_options"]?.objectValue ?? [:])
            for key in Set(old.keys).union(new.keys) where old[key] != new[key] {
                found.insert("custom_options.\(key)")
            }
        }
        return found.sorted()
    }
}
