import Catalog

#if DEBUG
    import FoundationEssentials
#endif

/// Named places in a restore at which tests hold the process, so that they can kill it exactly there.
///
/// Only debug builds know them, and only when `PGSTANZA_TEST_PAUSE` names one: the process then writes the point's name
/// to the file `PGSTANZA_TEST_PAUSED` and waits until it is killed or that file is taken away. In a release build this is
/// nothing.
enum PausePoint {
    static func reach(_ point: String) async {
        #if DEBUG
            let environment = ProcessInfo.processInfo.environment
            guard environment["PGSTANZA_TEST_PAUSE"] == point, let file = environment["PGSTANZA_TEST_PAUSED"] else {
                return
            }
            try? AtomicFile.write(point, to: file, mode: 0o644)
            while FileInformation.exists(file), (try? await Task.sleep(for: .milliseconds(10))) != nil {}
        #endif
    }
}
