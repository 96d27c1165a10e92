import Glibc

/// What a server wrote to its log since this value was made.
///
/// With `logging_collector` the file that pg_ctl was given only says where the log goes on; then the newest file there
/// is read too.
struct LogTail {
    private let instance: InstanceLocation
    private let start: Int64

    init(_ instance: InstanceLocation) {
        self.init(instance, start: Self.size(of: instance.logFile))
    }

    private init(_ instance: InstanceLocation, start: Int64) {
        self.instance = instance
        self.start = start
    }

    /// The last lines, whenever they were written.
    static func lastLines(of instance: InstanceLocation) -> [String] {
        LogTail(instance, start: 0).newLines()
    }

    /// The last lines of it; empty when there are none.
    func newLines(limit: Int = 20) -> [String] {
        let lines = Self.lines(of: instance.logFile, from: start)
        guard let collected = lines.lazy.compactMap({ collectorDirectory(in: $0) }).first,
            let newest = Self.newestFile(in: collected)
        else { return Array(lines.suffix(limit)) }
        return (lines + ["\(newest):"] + Self.lines(of: newest, from: 0).suffix(limit)).suffix(limit + 5)
    }

    /// `HINT:  Future log output will appear in directory "log".`, whatever the language: the one quoted word.
    private func collectorDirectory(in line: String) -> String? {
        guard line.contains("HINT:"), let open = line.firstIndex(of: "\""), let close = line.lastIndex(of: "\""),
            open < close
        else { return nil }
        let path = String(line[line.index(after: open)..<close])
        let full = path.hasPrefix("/") ? path : instance.pgdata + "/" + path
        return DirectoryListing.isDirectory(full) ? full : nil
    }

    private static func newestFile(in directory: String) -> String? {
        let files = DirectoryListing.names(in: directory).compactMap { name -> (path: String, time: Int)? in
            var status = stat()
            let path = "\(directory)/\(name)"
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            return (path, status.st_mtim.tv_sec)
        }
        return files.max { $0.time < $1.time }?.path
    }

    /// The lines after this offset, as far as the last 64 kB hold them; all of a file that became shorter.
    private static func lines(of path: String, from start: Int64) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = size(of: path)
        let from = max(size < start ? 0 : start, size - 65536)
        guard lseek(descriptor, Int(from), SEEK_SET) >= 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return [] }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
