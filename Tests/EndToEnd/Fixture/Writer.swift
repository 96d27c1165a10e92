import Foundation

/// A client that commits one row after the other and notes which commits the server acknowledged.
///
/// One psql session at a time, as applications do; when it ends because the server went away, a new one is tried
/// until ``stop()``. A number is in ``acknowledged()`` exactly when the server had reported its commit.
struct Writer: Sendable {
    let program: RunningProgram
    let acknowledgedPath: String
    let errorPath: String
    let stopPath: String
    let instance: Instance
    let table: String

    /// Numbers of the rows whose commit was acknowledged, in order.
    func acknowledged() -> [Int] {
        // The last line may be half written.
        let text = readText(acknowledgedPath)
        let whole = text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
        return whole.split(separator: "\n").compactMap { Int($0) }
    }

    /// Everything the server or psql complained of; empty for a client that noticed nothing.
    func errors() -> String { readText(errorPath) }

    /// Waits until that many commits have been acknowledged.
    func waitForCommits(_ count: Int, timeLimit: Double = 30) async throws {
        let deadline = ContinuousClock.now + .seconds(timeLimit)
        while acknowledged().count < count {
            guard ContinuousClock.now < deadline else {
                throw FixtureError(
                    "\(acknowledged().count) commits after \(timeLimit) s, expected \(count): \(errors())")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends the client after the commit under way and returns the numbers acknowledged.
    @discardableResult
    func stop() async throws -> [Int] {
        _ = FileManager.default.createFile(atPath: stopPath, contents: nil)
        _ = try await program.wait(timeLimit: 60)
        instance.box.log.add("writer \(table): \(acknowledged().count) acknowledged; errors: \(errors())")
        return acknowledged()
    }

    /// Rows of the table, numbers only, in order.
    func rows() async throws -> [Int] {
        try await instance.query("SELECT number FROM \(table) ORDER BY number").compactMap {
            $0.first.flatMap { Int($0) }
        }
    }
}

extension Instance {
    /// Starts a writer into `table`, which is made as `(number bigint, written timestamptz)` when missing.
    ///
    /// `statement` replaces the plain INSERT; `{n}` stands for the number, which it must return as its only output.
    func startWriter(
        table: String = "written", pause: Double = 0.005,
        statement: String? = nil
    ) async throws -> Writer {
        try await query(
            "CREATE TABLE IF NOT EXISTS \(table) (number bigint PRIMARY KEY, written timestamptz DEFAULT clock_timestamp())"
        )
        let sql = statement ?? "INSERT INTO \(table) (number) VALUES ({n}) RETURNING number"
        let base = "writers/\(name)-\(table)-\(UInt32.random(in: 0...UInt32.max))"
        let acknowledged = try box.write(base + ".ack", "")
        let errors = try box.write(base + ".err", "")
        let stop = box.path + "/" + base + ".stop"
        let template = try box.write(base + ".sql", sql)
        // psql reads statements from the loop and prints each number once the server has answered; the loop ends with
        // psql, by SIGPIPE. Numbers go on from session to session through a file.
        let script = """
            n=0; statement=$(cat '\(template)')
            while [ ! -e '\(stop)' ]; do
                while [ ! -e '\(stop)' ]; do
                    n=$((n + 1)); echo "$n" > '\(box.path)/\(base).n'
                    printf '%s;\\n' "${statement//\\{n\\}/$n}"
                    sleep \(pause)
                done | \(shellQuoted(psqlCommand().map { $0 == "psql" ? "/usr/bin/psql" : $0 })) >> '\(acknowledged)' 2>> '\(errors)'
                n=$(cat '\(box.path)/\(base).n')
                sleep 0.1
            done
            """
        let program = try box.start(["/bin/bash", "-c", script])
        return Writer(
            program: program, acknowledgedPath: acknowledged, errorPath: errors, stopPath: stop, instance: self,
            table: table)
    }
}
