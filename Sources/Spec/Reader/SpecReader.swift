import PositionedJSON

/// Any of the documents that `db validate` takes.
public enum SpecDocument: Sendable, Equatable {
    case database(DatabaseSpec)
    case restore(RestoreRequest)
    case backup(BackupRequest)
}

/// Reads specs and requests, strictly, and finds everything that is wrong with a file in one go.
///
/// Every function throws ``SpecProblems`` with all problems in the order of the file; a file that is not JSON has one.
public enum SpecReader {
    /// Reads `{"id": …, "spec": {…}}` or a bare spec.
    ///
    /// - Parameter file: what to call the text in problems.
    public static func readDatabase(_ bytes: [UInt8], file: String) throws(SpecProblems) -> DatabaseSpec {
        try read(bytes, file: file, with: DatabaseReader.read)
    }

    /// Reads `{"target_nodes": […], "restore_config": {…}}`.
    public static func readRestoreRequest(_ bytes: [UInt8], file: String) throws(SpecProblems) -> RestoreRequest {
        try read(bytes, file: file, with: RequestReader.restore)
    }

    /// Reads `{"type": …, "annotations": {…}, "backup_options": {…}}`.
    public static func readBackupRequest(_ bytes: [UInt8], file: String) throws(SpecProblems) -> BackupRequest {
        try read(bytes, file: file, with: RequestReader.backup)
    }

    /// Reads a repository by itself, as `--repository` takes it.
    public static func readRepository(_ bytes: [UInt8], file: String) throws(SpecProblems) -> Repository {
        try read(bytes, file: file) { item in
            item.check(.object(RepositoryTable.repository))
            return RepositoryReader.read(item)
        }
    }

    /// Reads whichever document it is; which one, its keys tell.
    public static func readAny(_ bytes: [UInt8], file: String) throws(SpecProblems) -> SpecDocument {
        try read(bytes, file: file) { item in
            switch DocumentKind.recognize(item) {
            case .database: return .database(DatabaseReader.read(item))
            case .restore: return .restore(RequestReader.restore(item))
            case .backup: return .backup(RequestReader.backup(item))
            case .failure(let complaint):
                item.refuse(complaint)
                return .restore(RestoreRequest())
            }
        }
    }

    /// Parses the text, lets `build` look at it, and gives what it built when nothing was reported.
    private static func read<Document>(
        _ bytes: [UInt8], file: String, with build: (Item) -> Document
    ) throws(SpecProblems) -> Document {
        let root: JSONNode
        do {
            root = try JSONParser.parse(bytes, file: file)
        } catch {
            let position = error.position
            throw SpecProblems(problems: [
                SpecProblem(
                    file: file, line: position.line, column: position.column, path: "", message: error.reason,
                    hint: error.hint)
            ])
        }
        let report = Report(file: file)
        let document = build(Item(root: root, report: report))
        try report.finish()
        return document
    }
}
