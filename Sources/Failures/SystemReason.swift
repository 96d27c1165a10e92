import Glibc

/// What a failed system call means to the person who has to mend it.
public struct SystemReason: Sendable, Equatable {
    public let kind: FailureKind
    /// The system's own words, such as `Permission denied`.
    public let text: String
    /// What helps against it, where that is known.
    public let hint: String?

    /// - Parameter number: an `errno`.
    public init(_ number: Int32) {
        text = String(cString: strerror(number))
        (kind, hint) =
            switch number {
            case EACCES, EPERM:
                (.notPermitted, "the file and every directory above it must be open to the user \(Self.user)")
            case EROFS:
                (.notPermitted, "that file system is mounted read-only: see dmesg for why, and mount it for writing")
            case ENOENT, ENOTDIR:
                (.notFound, "see whether the path is right, and whether the file system that belongs there is mounted")
            case ENOSPC, EDQUOT: (.operation, "make room on that file system")
            case EMFILE, ENFILE:
                (.operation, "allow more open files: ulimit -n, or LimitNOFILE of the unit that runs this")
            case ENOMEM, EAGAIN:
                (
                    .operation,
                    "memory or processes are used up, of the machine or by a limit of \(Self.user): see ulimit -a"
                )
            case EXDEV: (.operation, "both places must be on one file system")
            case EBUSY: (.operation, "something is mounted there: unmount it, or choose a directory below it")
            case EIO: (.operation, "the disk fails: see dmesg")
            case ELOOP: (.operation, "symbolic links lead in a circle there, or where none may be")
            default: (.operation, nil)
            }
    }

    private static var user: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? String(geteuid())
    }
}
