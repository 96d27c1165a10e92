import Foundation

/// A client of one node that inserts a row, changes an earlier one and now and then deletes one, a commit each time, with
/// keys of its own node; it comes back as soon as it is let in again.
struct MeshWriter: Sendable {
    let program: RunningProgram
    let node: Instance
    /// Keys begin behind this.
    let base: Int
    private let acknowledgedPath: String
    private let stopPath: String

    /// Rows of every fifth number are deleted so many commits later.
    static let deletedAfter = 40

    init(on node: Instance, of mesh: Mesh) throws {
        self.node = node
        let number = Int(node.name.dropFirst()) ?? 0
        base = number * 1_000_000_000 + Int.random(in: 0..<900) * 1_000_000
        let table = mesh.table(of: node.name)
        let file = "writers/mesh-\(node.name)-\(UInt32.random(in: 0...UInt32.max))"
        acknowledgedPath = try node.box.write(file + ".ack", "")
        stopPath = node.box.path + "/" + file + ".stop"
        let counter = node.box.path + "/" + file + ".n"
        let psql = [
            "/usr/bin/psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", String(node.port), "-d", mesh.shop.id,
            "-U", "app",
        ]
        // Every statement is one transaction; psql prints a number when its commit was acknowledged.
        let script = """
            n=0
            while [ ! -e '\(stopPath)' ]; do
                while [ ! -e '\(stopPath)' ]; do
                    n=$((n + 1)); echo $n > '\(counter)'
                    printf 'WITH a AS (INSERT INTO \(table) VALUES (%d, $$\(node.name)$$, $$new$$, %d)), b AS (UPDATE \(table) SET v = $$changed$$, n = n + 1 WHERE id = %d), c AS (DELETE FROM \(table) WHERE id = %d AND %d %% 5 = 0) SELECT %d;\\n' $((\(base) + n)) $n $((\(base) + n - 7)) $((\(base) + n - \(Self.deletedAfter))) $((n - \(Self.deletedAfter))) $n
                    sleep 0.003
                done | \(shellQuoted(psql)) >> '\(acknowledgedPath)' 2>> '\(node.box.path)/\(file).err'
                n=$(cat '\(counter)')
                sleep 0.05
            done
            """
        program = try node.box.start(["/bin/bash", "-c", script])
    }

    /// Numbers whose commit was acknowledged, in order.
    func acknowledged() -> [Int] {
        let text = readText(acknowledgedPath)
        let whole = text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        return whole.split(separator: "\n").compactMap { Int($0) }
    }

    func waitForCommits(_ count: Int, timeLimit: Double = 60) async throws {
        let wanted = acknowledged().count + count
        let deadline = ContinuousClock.now + .seconds(timeLimit)
        while acknowledged().count < wanted {
            guard ContinuousClock.now < deadline else {
                throw FixtureError("\(node.name): \(acknowledged().count) commits after \(timeLimit) s")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func stop() async throws {
        _ = FileManager.default.createFile(atPath: stopPath, contents: nil)
        _ = try await program.wait(timeLimit: 60)
    }

    /// Keys that must be there for what was acknowledged: neither deleted by a later commit nor to be deleted by one
    /// whose fate is not known.
    func expectedKeys() -> [Int] {
        acknowledged().filter { $0 % 5 != 0 }.map { base + $0 }
    }
}
