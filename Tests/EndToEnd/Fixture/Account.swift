import Glibc

/// The user that owns sandboxes, runs Postgres and is the database superuser in these tests.
///
/// `postgres` when the tests run as root, since Postgres refuses root; otherwise whoever runs the tests.
struct Account: Sendable {
    let name: String
    let uid: uid_t
    let gid: gid_t

    static let current: Account = {
        let effective = geteuid()
        guard let entry = effective == 0 ? getpwnam("postgres") : getpwuid(effective) else {
            fatalError(
                "no account to run Postgres as: run `make test`, which installs Debian's postgresql with its user")
        }
        return Account(
            name: String(cString: entry.pointee.pw_name), uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
    }()

    /// The tests run as root, so that pgstanza has to become the owner of its home.
    static var testsRunAsRoot: Bool { geteuid() == 0 }

    /// The argument list that runs `arguments` as this account, in the same process (so that its id can be signalled).
    func commandLine(_ arguments: [String]) -> [String] {
        guard Account.testsRunAsRoot else { return arguments }
        return ["/usr/bin/setpriv", "--reuid=\(uid)", "--regid=\(gid)", "--init-groups", "--"] + arguments
    }
}
