import Processes
import Synchronization
import TargetTime

/// Reads pg_waldump's lines.
enum WALDumpLine {
    /// The record of a line such as
    /// `rmgr: Transaction len (rec/tot): 34/ 34, tx: 731, lsn: 0/02000178, prev 0/02000028, desc: COMMIT 2026-…`;
    /// nil for records that are of no interest.
    static func parse(_ line: String) -> WALRecord? {
        let isTransaction = line.hasPrefix("rmgr: Transaction")
        guard isTransaction || line.hasPrefix("rmgr: XLOG") else { return nil }
        guard let description = rest(of: line, after: ", desc: "),
            let lsn = rest(of: line, after: ", lsn: ").flatMap({ LSN($0.prefix { $0 != "," }) })
        else { return nil }
        return isTransaction
            ? transaction(description, line: line, lsn: lsn) : xlog(description, lsn: lsn)
    }

    private static func transaction(_ description: Substring, line: String, lsn: LSN) -> WALRecord? {
        guard let space = description.firstIndex(of: " ") else { return nil }
        var text = description[description.index(after: space)...]
        let outcome: WALTransaction.Outcome
        var xid = rest(of: line, after: ", tx:").flatMap { UInt32($0.drop { $0 == " " }.prefix { $0 != "," }) }
        switch description[..<space] {
        case "COMMIT": outcome = .commit
        case "ABORT": outcome = .abort
        case "COMMIT_PREPARED", "ABORT_PREPARED":
            // The record is written by another transaction, or none; the number is the description's.
            outcome = description.hasPrefix("COMMIT") ? .commitPrepared : .abortPrepared
            guard let colon = text.firstIndex(of: ":") else { return nil }
            xid = UInt32(text[..<colon])
            text = text[text.index(after: colon)...].drop { $0 == " " }
        default: return nil
        }
        guard let xid, let time = time(in: text) else { return nil }
        let subtransactions = rest(of: text, after: "; subxacts: ").map { list in
            list.prefix { $0 != ";" }.split(separator: " ").compactMap { UInt32($0) }
        }
        return .transaction(
            WALTransaction(outcome: outcome, xid: xid, subtransactions: subtransactions ?? [], time: time, lsn: lsn))
    }

    private static func xlog(_ description: Substring, lsn: LSN) -> WALRecord? {
        if description.hasPrefix("RESTORE_POINT ") {
            return .restorePoint(name: String(description.dropFirst("RESTORE_POINT ".count)), lsn: lsn)
        }
        if description.hasPrefix("END_OF_RECOVERY "), let timeline = timeline(in: description, after: " tli ") {
            return .endOfRecovery(
                lsn: lsn, timeline: timeline, time: rest(of: description, after: "; time ").flatMap(time))
        }
        if description.hasPrefix("CHECKPOINT_"), let timeline = timeline(in: description, after: "; tli ") {
            return .checkpoint(lsn: lsn, timeline: timeline, isShutdown: description.hasPrefix("CHECKPOINT_SHUTDOWN"))
        }
        return nil
    }

    /// `2026-11-21 01:59:25.392176 UTC`, up to the semicolon.
    private static func time(in text: Substring) -> Instant? {
        let words = text.prefix { $0 != ";" }.split(separator: " ")
        guard words.count >= 3, words[2] == "UTC" || words[2] == "GMT" else { return nil }
        return Instant.parse(iso8601: "\(words[0]) \(words[1])+00")
    }

    private static func timeline(in text: Substring, after marker: StaticString) -> UInt32? {
        rest(of: text, after: marker).flatMap { UInt32($0.prefix { $0 != ";" }) }
    }

    /// What follows the first `marker`. By bytes: a scan goes through millions of lines.
    private static func rest(of line: some StringProtocol, after marker: StaticString) -> Substring? {
        let wanted = UnsafeBufferPointer(start: marker.utf8Start, count: marker.utf8CodeUnitCount)
        let text = Substring(line)
        let bytes = text.utf8
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard let candidate = bytes[index...].firstIndex(of: wanted[0]) else { return nil }
            if bytes[candidate...].starts(with: wanted) {
                return text[bytes.index(candidate, offsetBy: wanted.count)...]
            }
            index = bytes.index(after: candidate)
        }
        return nil
    }
}

/// Takes pg_waldump's lines as they come and stops it when its visitor has enough.
final class Watcher: Sendable {
    private struct State {
        var sawRecord = false
        var isStopped = false
        var stop: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let visit: @Sendable (WALRecord) -> Bool

    init(visit: @escaping @Sendable (WALRecord) -> Bool) {
        self.visit = visit
    }

    var sawRecord: Bool { state.withLock { $0.sawRecord } }
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Sets what stops the program, and does it when that is already wanted.
    func onStop(_ stop: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            state.stop = stop
            return state.isStopped
        }
        if isStopped { stop() }
    }

    func take(_ line: OutputLine) {
        guard !line.isError, line.text.hasPrefix("rmgr:") else { return }
        let isOver = state.withLock { state in
            state.sawRecord = true
            return state.isStopped
        }
        guard !isOver, let record = WALDumpLine.parse(line.text), !visit(record) else { return }
        let stop = state.withLock { state in
            state.isStopped = true
            return state.stop
        }
        stop?()
    }
}

/// A value that a visitor leaves for whoever started the scan.
final class Holder<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)
    var value: Value? { content.withLock { $0 } }
    func set(_ value: Value) { content.withLock { $0 = value } }
}
