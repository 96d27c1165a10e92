import Failures
import PgBackRest
import Spec

/// What `backup` is asked for.
public struct BackupOrder: Sendable, Equatable {
    /// Empty means every node of this host that the spec gives backups.
    public var nodes: [String]
    /// nil when a schedule says it.
    public var type: BackupType?
    public var annotations: [String: String]
    /// pgBackRest options of the `backup` command that are not pgstanza's own.
    public var options: [String: String]
    /// `id` of one repository; nil means each of the node's, in turn.
    public var repository: String?
    /// `id` of a schedule, which gives the type and takes note of the run.
    public var schedule: String?
    /// The session of a pgbackrest that was killed may be ended where it is in the way.
    public var endsAbandonedSession = false

    public init(
        nodes: [String] = [], type: BackupType? = nil, annotations: [String: String] = [:],
        options: [String: String] = [:], repository: String? = nil, schedule: String? = nil
    ) {
        self.nodes = nodes
        self.type = type
        self.annotations = annotations
        self.options = options
        self.repository = repository
        self.schedule = schedule
    }

    /// Throws (65) for options that pgstanza sets itself, that pgBackRest does not know, or that hold a line break.
    func checkOptions(_ backrest: PgBackRest) async throws {
        if let problem = BackupOptionRules.problems(in: options).first {
            throw OperationError(.invalidInput, code: "backup-option", problem.message, hint: problem.hint)
        }
        for (key, value) in annotations.sorted(by: { $0.key < $1.key }) {
            guard !key.isEmpty, !key.contains("="), OptionText.problem(inValue: key) == nil,
                OptionText.problem(inValue: value) == nil
            else {
                throw OperationError(
                    .invalidInput, code: "annotation", "the annotation \(key.debugDescription) cannot be written",
                    hint: "an annotation is KEY=VALUE on one line, without blanks at the ends of either")
            }
        }
        guard !options.isEmpty else { return }
        let request = BackupRequest(type: type ?? .full, annotations: annotations, backupOptions: options)
        let unknown = OptionCheck.problems(
            in: request, known: ["backup": try await backrest.optionNames(for: "backup")])
        guard unknown.isEmpty else { throw UnknownOptions(options: unknown) }
    }
}
