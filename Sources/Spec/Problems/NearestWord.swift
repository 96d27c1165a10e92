/// Finds what was probably meant by a mistyped word.
public enum NearestWord {
    /// The candidate with the fewest edits from `word`, when they are few enough to be a slip; the first of equals.
    public static func find(_ word: String, among candidates: [String]) -> String? {
        let typed = Array(normalized(word).unicodeScalars)
        guard !typed.isEmpty, typed.count <= 64 else { return nil }
        // A third of the letters, so that `port` is not offered for `host`, and `db_name` not for `name`.
        let allowed = max(1, typed.count / 3)
        var best: (candidate: String, edits: Int)?
        for candidate in candidates {
            let edits = distance(typed, Array(normalized(candidate).unicodeScalars))
            if edits <= allowed, edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.candidate ?? completion(of: normalized(word), among: candidates)
    }

    /// The one candidate that begins with the word, or has it among its parts: `cron` is `cron_expression`.
    private static func completion(of word: String, among candidates: [String]) -> String? {
        guard word.utf8.count >= 3 else { return nil }
        let longer = candidates.filter { candidate in
            let name = normalized(candidate)
            return name.hasPrefix(word) || name.split(separator: "_").contains(Substring(word))
        }
        return longer.count == 1 ? longer[0] : nil
    }

    /// `Some-Key` and `some_key` are the same slip away from everything.
    private static func normalized(_ word: String) -> String {
        String(word.lowercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 1...left.count {
            var row = [i] + Array(repeating: 0, count: right.count)
            for j in 1...right.count {
                let same = left[i - 1] == right[j - 1]
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
