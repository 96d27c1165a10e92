import Failures
import Glibc
import Spec
import Testing

@Suite("Secrets")
struct SecretTests {
    /// A file that holds the bytes while `body` runs.
    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/pgstanza-secret-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer { unlink(path) }
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        try body(path)
    }

    private func failure(of secret: Secret) -> SecretError? {
        #expect(throws: SecretError.self) { try secret.resolve(describedAs: "s3_key") }
    }

    @Test("a literal is itself")
    func literal() throws {
        #expect(try Secret.literal(" x\n").resolve(describedAs: "x") == " x\n")
    }

    @Test("one line break at the end of a file is no part of the secret")
    func file() throws {
        for (content, value) in [
            ("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), ("abc\n\n", "abc\n"), ("ü é", "ü é"),
        ] {
            try withFile(Array(content.utf8)) { path in
                let resolved = try Secret.file(path).resolve(describedAs: "x")
                #expect(resolved == value)
            }
        }
    }

    @Test("a service account's JSON comes whole")
    func longFile() throws {
        let text = String(repeating: "{\"a\": 1}\n", count: 20_000)
        try withFile(Array(text.utf8)) { path in
            let resolved = try Secret.file(path).resolve(describedAs: "x")
            #expect(resolved == String(text.dropLast()))
        }
    }

    @Test("what cannot be had says which secret it is, and where it should be")
    func missing() throws {
        let file = try #require(failure(of: .file("/nonexistent/secret")))
        #expect(file.kind == .notFound)
        #expect(file.message == "s3_key: there is no file /nonexistent/secret")
        let variable = try #require(failure(of: .environment("PGSTANZA_TEST_NOT_SET")))
        #expect(variable.kind == .notFound)
        #expect(variable.message == "s3_key: the environment variable PGSTANZA_TEST_NOT_SET is not set")
        #expect(failure(of: .file("/tmp"))?.code == "secret-unreadable")
    }

    @Test("an empty file and one that is no text are refused without their content")
    func content() throws {
        try withFile([0x0a]) { path in
            #expect(failure(of: .file(path))?.message == "s3_key: the file \(path) is empty")
        }
        try withFile([0x67, 0x68, 0xff]) { path in
            #expect(failure(of: .file(path))?.message == "s3_key: the file \(path) is not UTF-8 text")
        }
    }

    @Test("the value of an environment variable")
    func environment() throws {
        let path = try #require(getenv("PATH").map { String(cString: $0) })
        #expect(try Secret.environment("PATH").resolve(describedAs: "x") == path)
    }

    @Test("no description shows the value")
    func descriptions() {
        let secret = Secret.literal("geheim")
        var dumped = ""
        dump(DatabaseUser(username: "u", password: secret), to: &dumped)
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(Optional(secret) as Any)", dumped,
        ] {
            #expect(!text.contains("geheim"))
        }
        #expect("\(Secret.file("/x"))" == "(file /x)")
    }
}
