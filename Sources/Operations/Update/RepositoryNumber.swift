import Spec

/// The id of the repository that follows an earlier one: `local` → `local-2` → `local-3`.
enum RepositoryNumber {
    /// The next id that none of `taken` is. A repository without an id is called after its type.
    static func next(after repository: Repository, taken: Set<String>) -> String {
        let current = repository.id ?? repository.kind.typeName
        let (stem, number) = split(current)
        var candidate = number + 1
        while taken.contains("\(stem)-\(candidate)") { candidate += 1 }
        return "\(stem)-\(candidate)"
    }

    /// `local-2` is stem `local` and number 2; a name without a number is its own first.
    private static func split(_ id: String) -> (stem: String, number: Int) {
        guard let dash = id.lastIndex(of: "-"), dash != id.startIndex,
            let number = Int(id[id.index(after: dash)...]), (2..<100).contains(number)
        else { return (id, 1) }
        return (String(id[..<dash]), number)
    }
}
