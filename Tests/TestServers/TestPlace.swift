import Failures
import Glibc
import Processes

@testable import Postgres

/// An error with everything that its failure had to say.
struct TestServerError: Error, CustomStringConvertible {
    var description: String
}

/// A place for servers that a test brings up, taken away with them.
///
/// Postgres refuses to run as root, so the programs are then reached through small scripts that become `postgres`.
struct TestPlace: Sendable {
    let path: String
    let programs: Programs
    var socketDir: String { path }

    static let isRoot = geteuid() == 0
    static let user = isRoot ? "postgres" : String(cString: getpwuid(geteuid()).pointee.pw_name)

    /// Makes the place, hands it over, and takes it away whatever happens, with every server in it.
    static func with(_ body: @Sendable (TestPlace) async throws -> Void) async throws {
        var template = Array("/tmp/pgstanza-postgres-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw systemError("make", path: "/tmp", errno: errno) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let place = try TestPlace(path: path)
        do {
            try await body(place)
            await place.remove()
        } catch {
            await place.remove()
            if let failure = error as? any Failure, !failure.details.isEmpty {
                throw TestServerError(description: ([failure.message] + failure.details).joined(separator: "\n"))
            }
            throw error
        }
    }

    private init(path: String) throws {
        self.path = path
        chmod(path, 0o755)
        let real = try Programs.find()
        guard Self.isRoot else {
            programs = real
            return
        }
        let postgres = getpwnam("postgres").pointee
        chown(path, postgres.pw_uid, postgres.pw_gid)
        let wrappers = path + "/bin"
        mkdir(wrappers, 0o755)
        for name in DirectoryListing.names(in: real.binDir) {
            try TextFile.write(
                "#!/bin/sh\nexec runuser -u postgres -- \(real.path(name)) \"$@\"\n", to: "\(wrappers)/\(name)",
                mode: 0o755)
        }
        programs = Programs(binDir: wrappers)
    }

    private func remove() async {
        for name in DirectoryListing.names(in: path) {
            let pgdata = "\(path)/\(name)"
            guard DirectoryListing.exists(pgdata + "/PG_VERSION") else { continue }
            for pid in PostmasterFile.processes(pgdata: pgdata) { kill(pid, SIGQUIT) }
            let deadline = Deadline(seconds: 10)
            while !PostmasterFile.processes(pgdata: pgdata).isEmpty, !deadline.isOver {
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        try? StagedDirectory.removeTree(path)
    }

    /// Makes what is at `path` belong to the user that servers run as.
    func hand(_ path: String) {
        guard Self.isRoot else { return }
        let postgres = getpwnam("postgres").pointee
        chown(path, postgres.pw_uid, postgres.pw_gid)
    }

    /// A free port on the loopback address.
    static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, length)
                getsockname(descriptor, $0, &length)
            }
            return Int(UInt16(bigEndian: $0.pointee.sin_port))
        }
    }

    /// A new cluster, stopped, that trusts every local connection and asks the others for a password.
    func cluster(_ name: String, settings: [String: String] = [:]) async throws -> InstanceLocation {
        let instance = location(name)
        let all = ["unix_socket_directories": path, "port": String(instance.port), "fsync": "off"]
            .merging(settings) { $1 }
        try await InitDB.create(
            at: instance.pgdata, programs: programs, options: InitDB.Options(superuser: "boss", isFlushed: false)
        ) { directory in
            let config = try TextFile.read(directory + "/postgresql.conf")
            try write(ManagedSettings.including(config), to: directory + "/postgresql.conf")
            try write(try ManagedSettings.text(all), to: directory + "/pgstanza.conf")
            try write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n", to: directory + "/pg_hba.conf")
        }
        return instance
    }

    func location(_ name: String) -> InstanceLocation {
        InstanceLocation(
            pgdata: "\(path)/\(name)", port: Self.freePort(), socketDir: path, binDir: programs.binDir,
            logFile: "\(path)/\(name).log", superuser: "boss")
    }

    /// Writes a file that a server has to be able to read.
    func write(_ text: String, to path: String) throws {
        try TextFile.write(text, to: path, mode: 0o600)
        hand(path)
    }
}
