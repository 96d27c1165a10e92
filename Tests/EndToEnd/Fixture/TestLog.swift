import Foundation
import Synchronization

/// What happened in one test, in a file that outlives it.
final class TestLog: Sendable {
    let path: String
    private let handle: Mutex<FileHandle?>

    init(test: String, file: String) {
        let suite = file.split(separator: "/").last?.replacingOccurrences(of: ".swift", with: "") ?? "test"
        let name = "\(suite).\(test)".filter { $0.isLetter || $0.isNumber || "._-".contains($0) }
        path = Workspace.logs + "/" + name + ".log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        handle = Mutex(FileHandle(forWritingAtPath: path))
    }

    func add(_ text: String) {
        handle.withLock { try? $0?.write(contentsOf: Data((text + "\n").utf8)) }
    }

    func add(_ result: ProgramResult) {
        var text = "$ \(result.command)\n# exit \(result.exitCode) after \(String(format: "%.2f", result.seconds)) s\n"
        for (mark, said) in [("out", result.output), ("err", result.errorOutput)] where !said.isEmpty {
            text += said.split(separator: "\n").map { "\(mark)| \($0)\n" }.joined()
        }
        add(text)
    }

    /// Adds the last lines of every `*.log` file under a directory: the servers' and pgBackRest's.
    func addEnds(ofLogsUnder directory: String, lines: Int = 60) {
        guard let files = FileManager.default.enumerator(atPath: directory) else { return }
        for case let name as String in files where name.hasSuffix(".log") {
            let text = readText(directory + "/" + name).split(separator: "\n").suffix(lines).joined(separator: "\n")
            add("--- the end of \(name)\n\(text)\n")
        }
    }
}
