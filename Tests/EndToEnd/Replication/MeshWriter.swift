import Foundation
import Synchronization

/// A client of one node that inserts a row, changes an earlier one and now and then deletes one, a commit each time, with
/// keys of its own; it comes back as soon as it is let in again. Where the nodes share a row, it changes that too.
struct MeshWriter: Sendable {
    let program: RunningProgram
    let node: Instance
    /// Keys begin behind this.
    let base: Int
    private let acknowledgedPath: String
    private let stopPath: String

    /// A commit that the server acknowledged.
    struct Commit: Sendable {
        let number: Int
        /// Seconds since 1970, by the server's clock, when its statement ran.
        let at: Double
    }

    /// Rows of every fifth number are deleted so many commits later.
    static let deletedAfter = 40
    /// No two writers have keys in common.
    private static let count = Mutex(0)

    init(on node: Instance, of mesh: Mesh) throws {
        self.node = node
        let writer = Self.count.withLock { count in
            count += 1
            return count
        }
        base = (Int(node.name.dropFirst()) ?? 0) * 10_000_000_000 + writer * 10_000_000
        let file = "writers/mesh-\(node.name)-\(writer)"
        acknowledgedPath = try node.box.write(file + ".ack", "")
        stopPath = node.box.path + "/" + file + ".stop"
        let (numberPath, errorPath) = (node.box.path + "/" + file + ".n", node.box.path + "/" + file + ".err")
        let psql = shellQuoted([
            "/usr/bin/psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", String(node.port), "-d", mesh.shop.id,
            "-U", "app",
        ])
        // psql prints number and time of a statement when its commit was acknowledged. The pause is the server's: a
        // program started for each would take more of the machine than the commit does. When psql ends, what it had not
        // read yet is given up.
        let script = """
            n=0; echo 0 > '\(numberPath)'
            while [ ! -e '\(stopPath)' ]; do
                \(psql) -c '' 2>> '\(errorPath)' || { sleep 0.05; continue; }
                n=$(cat '\(numberPath)')
                while [ ! -e '\(stopPath)' ]; do
                    n=$((n + 1)); echo $n > '\(numberPath)'; k=$((\(base) + n))
                    printf '\(Self.statement(node, mesh))' $k $n $((k - 7)) $((k - \(Self.deletedAfter))) $n $n $n $n
                done | \(psql) >> '\(acknowledgedPath)' 2>> '\(errorPath)'
            done
            """
        program = try node.box.start(["/bin/bash", "-c", script])
    }

    /// One transaction and a pause, as printf's format; takes key, number, key to change, key to delete, and the number
    /// four times more.
    private static func statement(_ node: Instance, _ mesh: Mesh) -> String {
        let table = mesh.table(of: node.name)
        let shared =
            mesh.sharedTable.map {
                ", d AS (UPDATE \($0) SET node = $$\(node.name)$$, n = %d WHERE id = 1 AND %d %% 5 = 0)"
            } ?? ", d AS (SELECT %d WHERE %d = 0)"
        return "WITH a AS (INSERT INTO \(table) VALUES (%d, $$\(node.name)$$, $$new$$, %d)), "
            + "b AS (UPDATE \(table) SET v = $$changed$$, n = n + 1 WHERE id = %d), "
            + "c AS (DELETE FROM \(table) WHERE id = %d AND (%d - \(deletedAfter)) %% 5 = 0)" + shared
            + " SELECT %d, extract(epoch FROM clock_timestamp());\\n SELECT FROM pg_sleep(0.006);\\n"
    }

    /// What was acknowledged, in order.
    func commits() -> [Commit] {
        let text = readText(acknowledgedPath)
        let whole = text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        return whole.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "|")
            guard parts.count == 2, let number = Int(parts[0]), let at = Double(parts[1]) else { return nil }
            return Commit(number: number, at: at)
        }
    }

    /// Numbers whose commit was acknowledged, in order.
    func acknowledged() -> [Int] { commits().map(\.number) }

    /// Commits between two times, in seconds since 1970.
    func count(from start: Double, to end: Double) -> Int { commits().filter { (start...end).contains($0.at) }.count }

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
