import Glibc

/// The part of a server's log that was written since this value was made.
struct LogTail {
    private let path: String
    private let start: Int64

    init(path: String) {
        self.path = path
        var status = stat()
        start = stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The last lines of a file, whenever they were written.
    static func lastLines(of path: String, limit: Int = 20) -> [String] {
        LogTail(path: path, start: 0).newLines(limit: limit)
    }

    private init(path: String, start: Int64) {
        self.path = path
        self.start = start
    }

    /// The last lines of it; empty when there are none.
    func newLines(limit: Int = 20) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return [] }
        // A rotated or truncated file begins anew; of a long one the end is enough.
        let size = Int64(status.st_size)
        let from = max(size < start ? 0 : start, size - 65536)
        guard lseek(descriptor, Int(from), SEEK_SET) >= 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return [] }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").suffix(limit).map(String.init)
    }
}
