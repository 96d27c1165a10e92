import Failures
import Glibc

/// Reads what has been added to a file since the last time.
struct LogReader {
    let path: String
    private var offset: Int64 = 0

    init(path: String) {
        self.path = path
    }

    /// What is new; a file that is not there yet is empty.
    ///
    /// - Throws: ``CommandsError`` when the file cannot be read.
    mutating func next() throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let number = errno
            if number == ENOENT { return "" }
            let reason = SystemReason(number)
            throw CommandsError(
                .notPermitted, code: "cannot-read", "cannot read \(path): \(reason.text)", hint: reason.hint)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
            offset += Int64(count)
        }
    }
}
