import Foundation
import PositionedJSON

/// An S3 server that speaks TLS, for one sandbox: moto behind nginx, with a certificate of its own authority.
///
/// nginx is in front since pgBackRest takes neither moto's HTTP/1.0 closing of TLS connections nor its HTTP/1.1
/// without a content length.
struct ObjectStore: Sendable {
    let bucket: String
    let tlsPort: Int
    /// Certificate of the authority that signed the server's, for `storage-ca-file`.
    let authority: String
    let accessKey = "test-access-key"
    let secretKey = "test-secret-key/with+signs="
    let region = "us-east-1"

    /// The repository as a spec names it.
    func repository(id: String = "s3", basePath: String? = nil) -> JSONTree {
        var members: [String: JSONTree] = [
            "id": .string(id), "type": .string("s3"), "s3_bucket": .string(bucket),
            "s3_endpoint": .string("localhost"), "s3_region": .string(region), "s3_key": .string(accessKey),
            "s3_key_secret": .string(secretKey),
            "custom_options": .object([
                "s3-uri-style": .string("path"), "storage-port": .string(String(tlsPort)),
                "storage-ca-file": .string(authority),
            ]),
        ]
        if let basePath { members["base_path"] = .string(basePath) }
        return .object(members)
    }

    /// The same as lines of pgBackRest's own configuration, for repository `number`.
    func configuration(number: Int = 1, path: String) -> String {
        let prefix = "repo\(number)-"
        return [
            "type=s3", "path=\(path)", "s3-bucket=\(bucket)", "s3-endpoint=localhost", "s3-region=\(region)",
            "s3-key=\(accessKey)", "s3-key-secret=\(secretKey)", "s3-uri-style=path", "storage-port=\(tlsPort)",
            "storage-ca-file=\(authority)",
        ].map { prefix + $0 + "\n" }.joined()
    }
}

extension Sandbox {
    /// Starts an S3 server with one empty bucket.
    func startObjectStore(bucket: String = "backups") async throws -> ObjectStore {
        guard FileManager.default.isExecutableFile(atPath: Workspace.python) else {
            throw FixtureError("no Python at \(Workspace.python): `make test-dependencies` installs moto into it")
        }
        let directory = try makeDirectory("s3")
        let certificates = try await makeCertificates(in: directory)
        let plainPort = try FreePorts.take()
        let tlsPort = try FreePorts.take()
        // As the tester: the virtual environment may lie where only the tester may enter.
        _ = try start(
            [Workspace.python, "-m", "moto.server", "-H", "127.0.0.1", "-p", String(plainPort)], as: .tester,
            environment: ["MOTO_S3_CUSTOM_ENDPOINTS": "https://localhost:\(tlsPort)", "SANDBOX": directory])
        try write(
            "s3/nginx.conf",
            ObjectStore.nginxConfiguration(
                directory: directory, plainPort: plainPort, tlsPort: tlsPort, certificates: certificates))
        let nginx = try start(["/usr/sbin/nginx", "-p", directory, "-c", directory + "/nginx.conf", "-e", "stderr"])
        let store = ObjectStore(bucket: bucket, tlsPort: tlsPort, authority: certificates.authority)
        try await createBucket(store, nginx: nginx)
        return store
    }

    private func createBucket(_ store: ObjectStore, nginx: RunningProgram) async throws {
        let script = """
            import ssl, sys, time, urllib.request
            context = ssl.create_default_context(cafile=sys.argv[2])
            deadline = time.monotonic() + 60
            while True:
                try:
                    request = urllib.request.Request(sys.argv[1], method="PUT", headers={
                        "Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request, "
                        "SignedHeaders=host, Signature=0"})
                    urllib.request.urlopen(request, context=context, timeout=10).read()
                    break
                except Exception as error:
                    if time.monotonic() > deadline:
                        sys.exit(f"the S3 server does not answer: {error}")
                    time.sleep(0.2)
            """
        let result = try await run(
            [Workspace.python, "-c", script, "https://localhost:\(store.tlsPort)/\(store.bucket)", store.authority],
            as: .tester)
        if result.exitCode != 0 {
            throw FixtureError("\(result.summary)\nnginx: \(nginx.errorOutputSoFar)")
        }
    }

    private func makeCertificates(in directory: String) async throws -> Certificates {
        let files = Certificates(
            authority: directory + "/ca.crt", certificate: directory + "/server.crt", key: directory + "/server.key")
        try write(
            "s3/server.ext",
            "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        for arguments in [
            ["req", "-x509"] + newKey + [
                "-keyout", directory + "/ca.key", "-out", files.authority, "-days", "2", "-subj",
                "/CN=pgstanza test authority",
            ],
            ["req"] + newKey + [
                "-keyout", files.key, "-out", directory + "/server.csr", "-subj", "/CN=localhost",
            ],
            [
                "x509", "-req", "-in", directory + "/server.csr", "-CA", files.authority, "-CAkey",
                directory + "/ca.key", "-CAcreateserial", "-days", "2", "-extfile", directory + "/server.ext", "-out",
                files.certificate,
            ],
        ] {
            try await run(["openssl"] + arguments).expect(exit: 0)
        }
        return files
    }
}

private struct Certificates {
    let authority: String
    let certificate: String
    let key: String
}

extension ObjectStore {
    /// nginx that keeps everything it writes in `directory` and listens on loopback only.
    fileprivate static func nginxConfiguration(
        directory: String, plainPort: Int, tlsPort: Int, certificates: Certificates
    ) -> String {
        """
        daemon off;
        worker_processes 1;
        pid \(directory)/nginx.pid;
        error_log stderr warn;
        events { worker_connections 256; }
        http {
            access_log off;
            client_body_temp_path \(directory)/body;
            proxy_temp_path \(directory)/proxy;
            fastcgi_temp_path \(directory)/fastcgi;
            uwsgi_temp_path \(directory)/uwsgi;
            scgi_temp_path \(directory)/scgi;
            client_max_body_size 0;
            server {
                listen 127.0.0.1:\(tlsPort) ssl;
                server_name localhost;
                ssl_certificate \(certificates.certificate);
                ssl_certificate_key \(certificates.key);
                location / {
                    proxy_pass http://127.0.0.1:\(plainPort);
                    proxy_set_header Host $http_host;
                    proxy_request_buffering on;
                    proxy_buffering on;
                }
            }
        }

        """
    }
}
