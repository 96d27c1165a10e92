import CLibpq
import Failures

/// Passwords as a server keeps them. A verifier is sent in place of the password, so that no server log holds one.
public enum ScramVerifier {
    /// `SCRAM-SHA-256$4096:salt$stored:server`, with a new salt each time. No server is asked.
    public static func make(password: String) throws -> String {
        guard !password.isEmpty, !password.utf8.contains(0) else {
            throw PostgresError(
                .invalidInput, code: "password-unusable", "a password is empty or holds a NUL byte",
                hint: "give another")
        }
        let handle = try ConnectionHandle.unconnected()
        // With the algorithm named, libpq needs the connection object only to report an error.
        guard let verifier = PQencryptPasswordConn(handle.raw, password, "", "scram-sha-256") else {
            throw PostgresError(
                .operation, code: "password-unusable", "libpq could not make a SCRAM verifier",
                hint: "see that libpq and OpenSSL of this host fit together: pgstanza doctor")
        }
        defer { PQfreemem(verifier) }
        return String(cString: verifier)
    }
}
