import Foundation

extension Sandbox {
    /// Makes and starts a server of the tests' own, which pgstanza has not made: for adoption, and for plain pgBackRest.
    ///
    /// Local connections are trusted, the socket lies in the data directory's parent.
    func startCluster(
        _ name: String = "pg", settings: [String: String] = [:], initdb options: [String] = ["-k"]
    ) async throws -> Instance {
        let directory = try makeDirectory(name)
        let data = directory + "/data"
        let port = try FreePorts.take()
        try await run(
            [Workspace.postgresPrograms + "/initdb", "-D", data, "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"]
                + options
        ).expect(exit: 0)
        let base = [
            "port": String(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": directory,
            "fsync": "off", "shared_buffers": "32MB", "log_line_prefix": "%m [%p] ",
        ].merging(settings) { $1 }
        let lines = base.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'\n" }.joined()
        try write(data + "/postgresql.conf", read(data + "/postgresql.conf") + "\n" + lines, mode: 0o600)
        let instance = Instance(
            box: self, name: name, port: port, socketDirectory: directory, dataDirectory: data)
        try await instance.pgCtl("-l", directory + "/server.log", "-w", "-t", "60", "start").expect(exit: 0)
        return instance
    }
}
