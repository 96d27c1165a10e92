import Glibc
import Synchronization

extension CommandContext {
    /// Asks before something that cannot be taken back. Returns when it may be done.
    ///
    /// - Parameters:
    ///   - question: what will happen, as a sentence.
    ///   - word: what must be typed to agree, such as the database's id; nil asks for yes or no.
    ///   - isAgreed: `--yes` was given.
    /// - Throws: ``CommandsError`` of kind `refused` when nobody can be asked or the answer is another.
    func confirm(_ question: String, typing word: String? = nil, isAgreed: Bool) async throws {
        if isAgreed { return }
        guard terminal.inputIsTerminal else {
            throw CommandsError(
                .refused, code: "unconfirmed", "\(question) Nobody is there to confirm it: this is no terminal",
                hint: "say --yes when it is meant")
        }
        output.prompt("\(question)\n\(word.map { "Type \($0) to go on" } ?? "Go on? [y/N]"): ")
        let answer =
            try await readLine().map { $0.drop { $0 == " " }.split(separator: " ").joined(separator: " ") } ?? ""
        let isYes = word.map { answer == $0 } ?? ["y", "yes"].contains(answer.lowercased())
        guard isYes else {
            throw CommandsError(
                .refused, code: "unconfirmed", "not confirmed; nothing was changed",
                hint: "run it again and type \(word ?? "yes"), or say --yes")
        }
    }

    /// One line from the terminal; nil at its end. Gives up when the command is cancelled.
    private func readLine() async throws -> String? {
        var bytes: [UInt8] = []
        while true {
            try Task.checkCancellation()
            // The terminal hands out whole lines, so that reading does not wait once there is something.
            var wait = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 0) > 0 else {
                try await Task.sleep(for: .milliseconds(50))
                continue
            }
            var byte: UInt8 = 0
            guard read(STDIN_FILENO, &byte, 1) == 1 else {
                return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }
}
