/// What helps against the errors that people meet.
enum ExitHints {
    /// - Parameter complaint: what pgBackRest said; tells apart what has one code.
    static func hint(_ code: Int32, complaint: String) -> String? {
        if let hint = requestHints.first(where: { complaint.contains("HTTP request failed with " + $0.status) }) {
            return hint.text
        }
        return hints[code]
    }

    private static let requestHints: [(status: String, text: String)] = [
        ("400", "the store does not take the request: check region, endpoint and key"),
        ("401", "the store refuses the key: check it, and what it may do with the bucket"),
        ("403", "the store refuses the key: check it, and what it may do with the bucket"),
        ("404", "the store does not know the bucket: check its name, the endpoint and the URI style"),
    ]

    private static let hints: [Int32: String] = [
        28:
            "the repository holds another cluster's data: check that the stanza and the repository's path are this node's; "
            + "after a restore from another cluster or a major upgrade run stanza-upgrade or use a new repository id",
        38: "stop the server first, or remove postmaster.pid when its process is gone",
        40: "the directory holds files that no restore put there; move them aside",
        41: "check owner and mode of the file and of the directories above it; a file left by root keeps others out",
        45: "the same WAL segment is there with other content: another server archives to this stanza, "
            + "or an older timeline was written again",
        49: "check the name, port and network path of the host",
        50:
            "another pgBackRest process works on this stanza; wait for it, or for the checkpoint of one that was killed",
        51: "the cluster is not the one this stanza was made for; after a restore from another cluster run "
            + "stanza-upgrade or use a new repository id",
        55: "run stanza-create first, and check the repository's path",
        56: "the server does not answer: check that it runs, and its port, socket directory and superuser",
        62: "the stanza was stopped with `pgbackrest stop`; run `pgbackrest start`",
        63: "it was told to stop",
        68: "archive_command must run `pgbackrest archive-push`",
        75: "list the backups there are, and choose a set or a later target",
        82: "WAL does not reach the repository: look into the server's log for what archive_command says",
        87: "archive_mode must be on; that takes a restart of the server",
        95: "wrong pass phrase of the repository, or a certificate that does not fit the host's name or authority",
        101: "the connection broke off: check that the port speaks TLS, and proxies in between",
        103: "the repository cannot be used as it is configured: check path, keys and the stanza's system identifier",
    ]
}
