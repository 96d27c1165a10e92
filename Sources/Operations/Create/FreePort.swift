import Glibc

/// Finds a TCP port that nobody on this machine uses.
enum FreePort {
    /// The first free port from `start` on that is not in `taken`; nil when there is none left.
    static func first(from start: Int, except taken: Set<Int>) -> Int? {
        (max(start, 1024)...65535).first { !taken.contains($0) && isFree($0) }
    }

    /// Whether a server could listen on it now, on any address.
    static func isFree(_ port: Int) -> Bool {
        isFree(port, family: AF_INET) && isFree(port, family: AF_INET6)
    }

    private static func isFree(_ port: Int, family: Int32) -> Bool {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        // Without the protocol nothing can be in the way.
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var on: Int32 = 1
        // As the server does: a connection in TIME_WAIT is no obstacle.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = in_port_t(port).bigEndian
            return bound(descriptor, &address)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        return bound(descriptor, &address)
    }

    private static func bound<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
        let length = socklen_t(MemoryLayout<Address>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        return result == 0 || errno != EADDRINUSE
    }
}
