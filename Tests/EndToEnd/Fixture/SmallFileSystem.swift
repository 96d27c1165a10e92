import Foundation
import Glibc

/// A file system in memory of a given size, for what happens when there is no room.
struct SmallFileSystem: Sendable {
    let path: String

    init(megabytes: Int, in box: Sandbox) async throws {
        let path = try box.makeDirectory("small")
        self.path = path
        guard
            mount(
                "tmpfs", path, "tmpfs", 0, "size=\(megabytes)m,mode=0755,uid=\(box.account.uid),gid=\(box.account.gid)")
                == 0
        else { throw FixtureError("cannot mount a file system at \(path): \(String(cString: strerror(errno)))") }
        // Lazily: the server that uses it is stopped after this.
        box.atEnd { umount2(path, Int32(MNT_DETACH)) }
    }

    /// Takes all space but so many megabytes.
    func fill(leaving megabytes: UInt, in box: Sandbox) async throws {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { throw FixtureError("cannot ask how full \(path) is") }
        let free = UInt(information.f_bavail) * UInt(information.f_frsize)
        let ballast = free - megabytes * 1_048_576
        try await box.run(["fallocate", "-l", String(ballast), path + "/ballast"]).expect(exit: 0)
    }

    /// Whether this machine lets the tests mount one, tried once.
    static let canBeMounted: Bool = {
        var template = Array("/tmp/pgs-\(getpid())-mount.XXXXXX".utf8CString)
        guard geteuid() == 0, mkdtemp(&template) != nil else { return false }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else { return false }
        umount2(path, Int32(MNT_DETACH))
        return true
    }()
}
