import Failures
import Glibc

extension Secret {
    /// The value itself, taken from where it is kept.
    ///
    /// One line break at the end of a file is no part of it, as editors put one there.
    ///
    /// - Parameters:
    ///   - what: what the secret is, for errors: `s3_key_secret of repository local`.
    /// - Throws: ``SecretError`` when it cannot be read, is empty or is not UTF-8 text.
    public func resolve(describedAs what: String) throws(SecretError) -> String {
        switch self {
        case .literal(let value):
            return value
        case .environment(let name):
            guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else {
                throw SecretError(
                    kind: .notFound, code: "secret-missing",
                    message: "\(what): the environment variable \(name) is not set",
                    hint: "set it for this command, and for whatever runs the schedules; or use {\"file\": …}")
            }
            return value
        case .file(let path):
            return try Self.read(path, describedAs: what)
        }
    }

    /// Keys and passwords are short; a service account's JSON has a few thousand bytes.
    private static let longestFile = 1 << 20

    private static func read(_ path: String, describedAs what: String) throws(SecretError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileError(errno, path, what) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw fileError(errno, path, what) }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
            if bytes.count > longestFile { throw contentError("is larger than a secret can be", path, what) }
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        if bytes.isEmpty { throw contentError("is empty", path, what) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw contentError("is not UTF-8 text", path, what)
        }
        return text
    }

    private static func fileError(_ number: Int32, _ path: String, _ what: String) -> SecretError {
        let reason = SystemReason(number)
        switch number {
        case ENOENT, ENOTDIR:
            return SecretError(
                kind: .notFound, code: "secret-missing", message: "\(what): there is no file \(path)",
                hint: "write the secret into it, mode 0600")
        case EACCES, EPERM:
            return SecretError(
                kind: .notPermitted, code: "secret-unreadable", message: "\(what): cannot read \(path): \(reason.text)",
                hint: "let the owner of pgstanza's home directory read it")
        default:
            return SecretError(
                kind: .operation, code: "secret-unreadable", message: "\(what): cannot read \(path): \(reason.text)",
                hint: reason.hint
                    ?? "read it as the owner of pgstanza's home directory to see what is wrong: cat \(path)")
        }
    }

    private static func contentError(_ problem: String, _ path: String, _ what: String) -> SecretError {
        SecretError(
            kind: .invalidInput, code: "secret-invalid", message: "\(what): the file \(path) \(problem)",
            hint: "it must hold the secret and nothing else")
    }
}
