import Glibc
import Synchronization

/// TCP ports on 127.0.0.1 that nobody listens on, each given once per test run.
///
/// Below the range from which the kernel picks ports of outgoing connections (32768 on Linux), so that a port
/// stays free between being chosen and being listened on; the start is random, since several test runs may share
/// a machine. Those in between are left to pgstanza, which puts a replica without a port of its own next to its
/// primary: it must not take one that another test was given and does not listen on yet.
enum FreePorts {
    private static let distance: UInt16 = 10

    private static let next = Mutex<UInt16>(UInt16.random(in: 10_000..<32_000))

    static func take() throws -> Int {
        for _ in 0..<5_000 {
            let port = next.withLock { value -> UInt16 in
                value = value >= 32_000 ? 10_000 : value + distance
                return value
            }
            if isFree(port) { return Int(port) }
        }
        throw FixtureError("no free TCP port between 10000 and 32000")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
