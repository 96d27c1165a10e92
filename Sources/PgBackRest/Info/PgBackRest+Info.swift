extension PgBackRest {
    /// What the repositories hold of the stanza.
    ///
    /// Nearly everything that can be wrong is told in ``StanzaInfo/status`` and not thrown: a stanza that is not there,
    /// a repository that cannot be reached, a wrong pass phrase.
    /// - Parameters:
    ///   - set: label of a set to be told more about; the answer then speaks of this one only.
    ///   - repo: number of a repository to look into; nil means all.
    public func info(set: String? = nil, repo: Int? = nil, timeLimit: Double? = 600) async throws -> StanzaInfo {
        var options = ["--output=json"]
        if let set {
            try OptionChecks.check("set", set)
            options.append("--set=" + set)
        }
        if let repo { options.append("--repo=\(repo)") }
        let (output, warnings) = try await ask("info", options, timeLimit: timeLimit)
        let problem: String
        do {
            if let info = try InfoDocument.parse(output.joined(separator: "\n"), stanza: stanza) { return info }
            problem = "says nothing about stanza \(stanza)"
        } catch {
            problem = "says something that is not understood: \(error)"
        }
        throw PgBackRestError(
            reason: .unreadableOutput, message: "pgbackrest info " + problem,
            command: query("info", options).rendered, lines: warnings)
    }
}
