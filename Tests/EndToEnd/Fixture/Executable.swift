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

    /// A directory that everybody may enter, with a copy of the executable: a clone can lie where only root may.
    ///
    /// Swift's libraries are put beside it when they, too, lie in such a place; its run path ends in `$ORIGIN`. Made
    /// once, before anything is started: a program that is being written while another thread forks cannot be run
    /// ("text file busy"), since the child holds it open for a moment.
    static let stage: Result<String, any Error> = Result {
        let files = FileManager.default
        guard files.isExecutableFile(atPath: builtExecutable) else {
            throw FixtureError("no executable at \(builtExecutable): run `make test`, or set PGSTANZA_EXECUTABLE")
        }
        let directory = stagePath
        mkdir(directory, 0o755)
        chmod(directory, 0o755)
        atexit { Leftovers.remove(Workspace.stagePath) }
        for file in [builtExecutable] + unreachableLibraries {
            let name = file == builtExecutable ? "pgstanza" : URL(fileURLWithPath: file).lastPathComponent
            try files.copyItem(atPath: file, toPath: directory + "/" + name)
            chmod(directory + "/" + name, 0o755)
        }
        return directory
    }
    private static let stagePath = "/tmp/pgs-\(getpid())-stage"

    /// Links the executable into `directory`.
    static func installExecutable(in directory: String) throws {
        let stage = try stage.get()
        for name in try FileManager.default.contentsOfDirectory(atPath: stage) {
            guard link(stage + "/" + name, directory + "/" + name) == 0 else {
                throw FixtureError("cannot link \(name) into \(directory): \(String(cString: strerror(errno)))")
            }
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
