/// Cuts a stream of bytes into lines at line feeds, and nowhere else.
///
/// Made by hand because a library that also splits at CR, FF or NEL would cut file names apart, and because
/// `pg_waldump` says hundreds of megabytes: looking at whole buffers is many times faster than byte by byte.
struct LineSplitter {
    private var pending: [UInt8] = []

    /// Takes the next bytes and hands over every line that they complete.
    mutating func add(_ bytes: UnsafeRawBufferPointer, line: (String) -> Void) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let piece = UnsafeRawBufferPointer(rebasing: rest[rest.startIndex..<end])
            if pending.isEmpty {
                line(String(decoding: piece, as: UTF8.self))
            } else {
                pending.append(contentsOf: piece)
                line(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            }
            rest = rest[(end + 1)...]
        }
        pending.append(contentsOf: rest)
    }

    /// Hands over what came after the last line feed, when there is any.
    mutating func finish(line: (String) -> Void) {
        guard !pending.isEmpty else { return }
        line(String(decoding: pending, as: UTF8.self))
        pending.removeAll()
    }
}
