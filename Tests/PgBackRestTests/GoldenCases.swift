import PgBackRest
import Spec
import Testing

/// A configuration with the file that holds the text it must give.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let name: String
    let input: StanzaConfigurationInput
    var testDescription: String { name }

    init(
        _ name: String, _ repositories: [Repository], purpose: StanzaConfigurationInput.Purpose = .backup,
        _ change: (inout StanzaConfigurationInput) -> Void = { _ in }
    ) {
        self.name = name
        var input = sampleInput(repositories, purpose: purpose)
        change(&input)
        self.input = input
    }

    static let all: [GoldenCase] = [
        GoldenCase("posix", [Repository(id: "local", kind: .posix, basePath: "/backups")]) { $0.bundleRepos = [1] },
        GoldenCase("posix-without-id", [Repository(kind: .posix, basePath: "/backups/")]),
        GoldenCase("cifs", [Repository(id: "share", kind: .cifs, basePath: "/mnt/share", retentionFull: 30)]),
        GoldenCase("s3-with-key", [s3]) { $0.bundleRepos = [1] },
        GoldenCase(
            "s3-without-key",
            [Repository(id: "s3", kind: .s3(bucket: "bucket", region: nil, endpoint: nil, key: nil, keySecret: nil))]),
        GoldenCase(
            "gcs-with-key",
            [Repository(id: "gcs", kind: .gcs(bucket: "bucket", endpoint: nil, key: .literal("e30=")))]
        ) { $0.gcsKeyPaths = [1: "/var/lib/pgstanza/databases/example/n1/pgbackrest.backup.repo1-gcs-key.json"] },
        GoldenCase(
            "gcs-without-key",
            [Repository(id: "gcs", kind: .gcs(bucket: "bucket", endpoint: "gcs.example.com:4443", key: nil))]),
        GoldenCase("azure-with-key", [azure]),
        GoldenCase(
            "azure-with-sas",
            [
                Repository(
                    id: "az", kind: .azure(account: "account", container: "container", endpoint: nil, key: nil),
                    customOptions: ["azure-key": "sv=2024&sig=abc", "azure-key-type": "sas"])
            ]),
        GoldenCase("custom-options", [custom]),
        GoldenCase("several", [Repository(id: "local", kind: .posix, basePath: "/backups"), s3, azure]) {
            $0.bundleRepos = [2]
            $0.options = ["process-max": "3", "compress-level": "6", "repo2-retention-diff": "4", "archive-async": "y"]
        },
        GoldenCase("restore", [custom, s3], purpose: .restore) {
            $0.databaseID = "other"
            $0.node = "n3"
            $0.port = nil
            $0.socketDir = nil
            $0.superuser = nil
            $0.bundleRepos = [1, 2]
        },
    ]

    private static let s3 = Repository(
        id: "s3",
        kind: .s3(
            bucket: "bucket", region: "eu-central-1", endpoint: nil, key: .literal("AKIAEXAMPLE"),
            keySecret: .literal("s3 secret=with#signs\"")),
        basePath: "/prefix", retentionFull: 4, retentionFullType: .count)

    private static let azure = Repository(
        id: "az", kind: .azure(account: "account", container: "container", endpoint: nil, key: .literal("YXp1cmU=")))

    /// Options with and without prefix, one that replaces what pgstanza would write, and a pass phrase.
    private static let custom = Repository(
        id: "local", kind: .posix, basePath: "/backups",
        customOptions: [
            "path": "/old/place", "repo1-cipher-type": "aes-256-cbc", "cipher-pass": "a=b#c \"q\" [x] ü $(id)",
            "repo9-retention-full-type": "count", "retention-archive": "2",
        ])
}
