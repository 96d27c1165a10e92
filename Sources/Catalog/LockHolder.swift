import FoundationEssentials
import Glibc
import TargetTime

/// Who holds a lock, as a lock file says.
public struct LockHolder: Codable, Sendable, Equatable {
    public var process: ProcessIdentity
    /// Command line without secrets.
    public var command: String
    public var since: Instant

    /// The calling process, from now on.
    public static func current() -> LockHolder {
        LockHolder(
            process: .current, command: ProcessIdentity.commandLine(of: getpid()) ?? "pgstanza", since: Instant.now())
    }

    /// What the file says, when that process is still there: a file outlives its lock.
    static func read(_ path: String) -> LockHolder? {
        guard let bytes = try? AtomicFile.read(path), !bytes.isEmpty,
            let holder = try? JSONDecoder().decode(LockHolder.self, from: Data(bytes)), holder.process.isAlive
        else { return nil }
        return holder
    }

    /// What the kernel says about a file (`/proc/locks`, proc(5)): finds a holder that wrote into another home.
    static func fromKernel(device: UInt64, inode: UInt64) -> ProcessIdentity? {
        guard let bytes = try? AtomicFile.read("/proc/locks") else { return nil }
        let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
        let minor = device & 0xff | (device >> 12) & ~0xff & 0xffff_ffff
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            // 1: FLOCK  ADVISORY  WRITE 713 08:01:1837 0 EOF; waiting ones have "->" after the number.
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK", let pid = Int32(fields[4]) else { continue }
            let file = fields[5].split(separator: ":")
            guard file.count == 3, UInt64(file[0], radix: 16) == major, UInt64(file[1], radix: 16) == minor,
                UInt64(file[2]) == inode
            else { continue }
            return ProcessIdentity.of(pid)
        }
        return nil
    }
}
