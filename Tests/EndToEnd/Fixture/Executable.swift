import Foundation
import Glibc

/// Where the things under test and the test's own helpers are.
enum Workspace {
    /// The package's directory.
    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Directory of what was built: that of the test bundle itself.
    static let products: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path
    }()

    /// The executable as it was built: `PGSTANZA_EXECUTABLE`, else beside the test bundle.
    static let builtExecutable: String =
        ProcessInfo.processInfo.environment["PGSTANZA_EXECUTABLE"] ?? products + "/pgstanza"

    /// One log per test, of its last run.
    static let logs: String = {
        let path = ProcessInfo.processInfo.environment["PGSTANZA_TEST_LOGS"] ?? products + "/end-to-end-logs"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }()

    /// Python of the virtual environment that `make test-dependencies` makes, with moto in it.
    static let python: String =
        ProcessInfo.processInfo.environment["PGSTANZA_TEST_PYTHON"] ?? root + "/.build/test-venv/bin/python"

    /// Postgres programs: those of the newest version installed.
    static let postgresPrograms: String = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let newest = versions.compactMap(Int.init).sorted().last { version in
            FileManager.default.isExecutableFile(atPath: "/usr/lib/postgresql/\(version)/bin/initdb")
        }
        return newest.map { "/usr/lib/postgresql/\($0)/bin" } ?? "/usr/bin"
    }()

    /// Puts the executable at `path`, where the account may run it: a clone can lie where only root may enter.
    ///
    /// Swift's libraries are put beside it when they, too, lie in such a place; its run path ends in `$ORIGIN`.
    static func installExecutable(at path: String) throws {
        let files = FileManager.default
        guard files.isExecutableFile(atPath: builtExecutable) else {
            throw FixtureError("no executable at \(builtExecutable): run `make test`, or set PGSTANZA_EXECUTABLE")
        }
        try files.copyItem(atPath: builtExecutable, toPath: path)
        chmod(path, 0o755)
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        for library in unreachableLibraries {
            try files.copyItem(
                atPath: library, toPath: directory + "/" + URL(fileURLWithPath: library).lastPathComponent)
        }
    }

    /// Libraries the executable is linked with in directories that not everybody may enter.
    private static let unreachableLibraries: [String] = {
        let ldd = Process()
        ldd.executableURL = URL(fileURLWithPath: "/usr/bin/ldd")
        ldd.arguments = [builtExecutable]
        let pipe = Pipe()
        ldd.standardOutput = pipe
        guard (try? ldd.run()) != nil else { return [] }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        ldd.waitUntilExit()
        return text.split(separator: "\n").compactMap { line in
            guard let arrow = line.range(of: "=> /") else { return nil }
            let path = line[line.index(before: arrow.upperBound)...].prefix { $0 != " " }
            return String(path)
        }.filter { !isReachableByAll($0) }
    }()

    private static func isReachableByAll(_ path: String) -> Bool {
        var url = URL(fileURLWithPath: path).deletingLastPathComponent()
        while url.path != "/" {
            var information = stat()
            guard stat(url.path, &information) == 0, information.st_mode & 0o001 != 0 else { return false }
            url.deleteLastPathComponent()
        }
        return true
    }
}
