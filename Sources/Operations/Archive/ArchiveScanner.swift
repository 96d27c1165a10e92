import Failures
import PgBackRest
import Postgres
import Processes
import TargetTime

/// Looks into archived WAL: fetches segments into a private directory, a few at a time, and reads them with pg_waldump.
actor ArchiveScanner {
    /// How many segments one look for a commit goes through at most.
    static let commitBound = 64

    private let reader: WALReader
    private let archive: ClusterArchive
    private let directory: String
    private let programs: Programs
    /// Segments that are in the directory now, the one used last at the end.
    private var present: [WALSegmentName] = []
    private var scanned: [WALSegmentName: [CommitPlace]] = [:]

    /// - Parameter directory: empty, and nobody else's.
    init(reader: WALReader, archive: ClusterArchive, directory: String, programs: Programs) {
        self.reader = reader
        self.archive = archive
        self.directory = directory
        self.programs = programs
    }

    /// The last commit before `limit` (nil: at all) in the segments from `last` back to `first` of one timeline.
    func lastCommit(in run: ClosedRange<UInt64>, timeline: UInt32, before limit: LSN? = nil) async throws
        -> CommitPlace?
    {
        for number in run.reversed().prefix(Self.commitBound) {
            let commits = try await commits(name(timeline, number))
            if let found = commits.last(where: { commit in limit.map { commit.lsn < $0 } ?? true }) { return found }
        }
        return nil
    }

    /// The first commit at or after `start` in the segments from `first` on to `last` of one timeline.
    func firstCommit(in run: ClosedRange<UInt64>, timeline: UInt32, from start: LSN = LSN(bytes: 0)) async throws
        -> CommitPlace?
    {
        for number in run.prefix(Self.commitBound) {
            if let found = try await commits(name(timeline, number)).first(where: { $0.lsn >= start }) { return found }
        }
        return nil
    }

    /// Where recovery to a restore point or a transaction would stop, when that is in this segment.
    func find(_ target: RestoreTarget, in segment: WALSegmentName) async throws -> FoundTarget? {
        try await TargetFinder.find(target, in: try await range(segment), programs: programs)
    }

    /// Where the last record of a segment begins.
    ///
    /// pg_waldump prints every record here, some hundred thousand lines: only for targets that are positions.
    func lastRecord(of segment: WALSegmentName) async throws -> LSN? {
        let range = try await range(segment)
        var command = CommandLine(
            program: programs.path("pg_waldump"),
            arguments: [
                "--path=\(range.directory)", "--timeline=\(range.timeline)", "--start=\(range.start)",
                "--end=\(range.end ?? range.start)",
            ])
        command.environment["LC_ALL"] = "C"
        // It ends with an error where the log does; the lines before are what counts.
        let result = try await ProcessRunner.run(command, options: ProcessOptions(timeLimit: 300, keepLines: 1))
        guard let line = result.output.last, let mark = line.firstRange(of: ", lsn: ") else { return nil }
        return LSN(line[mark.upperBound...].prefix { $0 != "," })
    }

    private func name(_ timeline: UInt32, _ number: UInt64) -> WALSegmentName {
        WALSegmentName(timeline: timeline, number: number, segmentSize: archive.segmentSize)
    }

    /// The commits of a segment in the order of the log.
    private func commits(_ segment: WALSegmentName) async throws -> [CommitPlace] {
        if let known = scanned[segment] { return known }
        let collector = CommitCollector()
        try await WALDump.scan(try await range(segment), programs: programs) { record in
            if case .transaction(let transaction) = record, transaction.isCommit { collector.add(transaction) }
            return true
        }
        let found = collector.commits
        // Of a segment full of commits only its ends and what forks ask for are ever wanted; a few stay remembered.
        if scanned.count >= 3 { scanned.removeAll() }
        scanned[segment] = found
        return found
    }

    /// What pg_waldump is to read for one segment: up to its end, with the next one at hand for a record that crosses.
    private func range(_ segment: WALSegmentName) async throws -> WALDump.Range {
        try await fetch(segment)
        if archive.contains(segment.next) { try await fetch(segment.next) }
        return WALDump.Range(
            directory: directory, timeline: segment.timeline, start: LSN(bytes: segment.start.bytes),
            end: LSN(bytes: segment.next.start.bytes), segmentSize: Int(segment.segmentSize))
    }

    private func fetch(_ segment: WALSegmentName) async throws {
        if let index = present.firstIndex(of: segment) {
            present.append(present.remove(at: index))
            return
        }
        while present.count >= 3 { try Directories.removeTree("\(directory)/\(present.removeFirst().text)") }
        try await reader.fetch(segment.text, to: "\(directory)/\(segment.text)")
        present.append(segment)
    }
}
