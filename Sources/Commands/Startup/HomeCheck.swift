import Catalog
import Glibc

/// Whether this user may work in a home.
enum HomeCheck {
    /// Returns when `home` is this user's, or not there yet.
    ///
    /// - Throws: ``CommandsError`` of kind `notPermitted` with the way to do it right.
    static func mayUse(_ home: Home) throws {
        guard let directory = try FileInformation.of(home.path) else { return }
        guard directory.isDirectory else {
            throw CommandsError(
                .notPermitted, code: "bad-home", "the home directory \(home.path) is not a directory",
                hint: HomeOwner.hintForAnotherHome)
        }
        guard directory.owner == geteuid() else {
            let owner = userName(directory.owner)
            throw CommandsError(
                .notPermitted, code: "home-of-another",
                "the home directory \(home.path) belongs to \(owner), and you are \(userName(geteuid()))",
                hint: directory.owner == 0
                    ? HomeOwner.hintForRootsHome(home) : "run it as \(owner): sudo -u \(owner) pgstanza …")
        }
    }

    /// The user's name, or his number when he has none.
    static func userName(_ uid: UInt32) -> String {
        getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? String(uid)
    }
}
