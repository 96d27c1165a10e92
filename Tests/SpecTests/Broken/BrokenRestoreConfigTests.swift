import Spec
import Testing

@Suite("Broken: restore_config")
struct BrokenRestoreConfigTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.restore) { _ = try SpecReader.readRestoreRequest($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #"["n1", "n2"]"#, #"["n1", ‸"n1"]"#,
            path: "target_nodes[1]",
            #""n1" stands twice among the target nodes"#,
            hint: "it is also in line 2"),
        Broken(
            #"["n1", "n2"]"#, #"["n1", ‸"x1"]"#,
            path: "target_nodes[1]",
            #""x1" is not a node name"#,
            hint: "node names are n1, n2 and so on"),
        Broken(
            #""target_nodes""#, #"‸"target_node""#,
            path: "target_node",
            #"unknown key "target_node""#,
            hint: #"did you mean "target_nodes"?"#),
        Broken(
            #""source_node_name": "n7""#, #""source_node_name": ‸"seven""#,
            path: "restore_config.source_node_name",
            #""seven" is not a node name"#,
            hint: "node names are n1, n2 and so on"),
        Broken(
            #""source_database_id": "elder""#, #""source_database_id": ‸"El Der""#,
            path: "restore_config.source_database_id",
            #""El Der" is not a database id"#,
            hint: "1 to 36 of a-z, 0-9 and -, starting and ending with a letter or digit"),
        Broken(
            #""source_database_name": "elder_db""#, #""source_database_name": ‸"""#,
            path: "restore_config.source_database_name",
            #""" is not a database name"#,
            hint: "1 to 31 characters, at most 63 bytes in UTF-8"),
        Broken(
            #""base_path": "/past""#, #""base_path": ‸"past""#,
            path: "restore_config.repository.base_path",
            #"the path "past" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #""type": "time""#, #""type": ‸"standby""#,
            path: "restore_config.restore_options.type",
            #"recovery type "standby" is not accepted: a restored node is a primary; replicas follow from host_ids"#,
            hint: "use one of default, immediate, time, lsn, xid, name"),
        Broken(
            #""type": "time""#, #""type": ‸"tiem""#,
            path: "restore_config.restore_options.type",
            #"unknown recovery type "tiem""#,
            hint: "use one of default, immediate, time, lsn, xid, name"),
        Broken(
            #""type": "time", "target""#, #""type": "default", ‸"target""#,
            path: "restore_config.restore_options.target",
            "type default takes no target",
            hint: "take it out, or set type to time, lsn, xid or name"),
        Broken(
            #""type": "time", "target""#, #"‸"target""#,
            path: "restore_config.restore_options.target",
            "a target needs a type",
            hint: "set type to time, lsn, xid or name"),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": ‸"lsn""#,
            path: "restore_config.restore_options.type",
            "type lsn needs a target",
            hint: "add a target: a position in the WAL, as in 0/3000000"),
        Broken(
            #""2025-01-01T01:30:00Z""#, #"‸"2025-01-01T01:30:00""#,
            path: "restore_config.restore_options.target",
            #""2025-01-01T01:30:00" has no zone"#,
            hint: "add the zone: 2025-01-01T01:30:00Z if it is UTC, or an offset, such as 2025-01-01T01:30:00+02:00"),
        Broken(
            #""2025-01-01T01:30:00Z""#, #"‸"2025-02-30T01:30:00Z""#,
            path: "restore_config.restore_options.target",
            "there is no day 2025-02-30",
            hint: "the month's last day is 2025-02-28"),
        Broken(
            #""2025-01-01T01:30:00Z""#, #"‸"yesterday""#,
            path: "restore_config.restore_options.target",
            #""yesterday" depends on the zone and names no exact time"#,
            hint: #"write the instant, such as 2025-01-01T00:00:00Z, or "24 hours ago""#),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "lsn", "target": ‸"0/G""#,
            path: "restore_config.restore_options.target",
            #""0/G" is not a position in the WAL"#,
            hint: "two hexadecimal numbers, as in 0/3000000"),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "xid", "target": ‸"abc""#,
            path: "restore_config.restore_options.target",
            #""abc" is not a transaction id"#,
            hint: "a decimal number from 3, without leading zeros"),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "xid", "target": ‸"0123""#,
            path: "restore_config.restore_options.target",
            #""0123" is not a transaction id"#,
            hint: "a decimal number from 3, without leading zeros"),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z""#, #""type": "name", "target": ‸"it's""#,
            path: "restore_config.restore_options.target",
            #""it's" cannot be written into the recovery settings"#,
            hint: #"the name of a restore point must not hold ' or \"#),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z""#,
            #""type": "name", "target": ‸"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn""#,
            path: "restore_config.restore_options.target",
            "the name of the restore point has 64 bytes",
            hint: "Postgres keeps at most 63"),
        Broken(
            #""process-max": 2"#, #""set": ‸"20250101-010000""#,
            path: "restore_config.restore_options.set",
            #""20250101-010000" is not the label of a backup"#,
            hint: "as pgstanza backups shows it: 20250101-010000F or 20250101-010000F_20250102-010000I, or latest"),
        Broken(
            #""process-max": 2"#, #""set": ‸"20250101-010000F_20250101-020000F""#,
            path: "restore_config.restore_options.set",
            #""20250101-010000F_20250101-020000F" is not the label of a backup"#,
            hint: "as pgstanza backups shows it: 20250101-010000F or 20250101-010000F_20250102-010000I, or latest"),
        Broken(
            #""process-max": 2"#, #""target-timeline": ‸"0x2""#,
            path: "restore_config.restore_options.target-timeline",
            #""0x2" is not a timeline"#,
            hint: "use its number in decimal, current or latest"),
        Broken(
            #""process-max": 2"#, #""target-exclusive": ‸"yes""#,
            path: "restore_config.restore_options.target-exclusive",
            #""yes" is neither y nor n"#,
            hint: "y stops just before the target"),
        Broken(
            #""process-max": 2"#, #""target-action": ‸"pause""#,
            path: "restore_config.restore_options.target-action",
            #"target-action "pause" is not accepted"#,
            hint: "a restored node is always promoted; leave it out"),
        Broken(
            #""process-max": 2"#, #"‸"delta": true"#,
            path: "restore_config.restore_options.delta",
            #"option "delta" is pgstanza's own"#,
            hint: "an in-place restore always uses it, and nothing else may"),
        Broken(
            #""process-max": 2"#, #"‸"recovery-option": "a=b""#,
            path: "restore_config.restore_options.recovery-option",
            #"option "recovery-option" is pgstanza's own"#,
            hint: "pgstanza writes the recovery settings, and takes them out again after the restore"),
        Broken(
            #""process-max": 2"#, #"‸"archive-mode": "off""#,
            path: "restore_config.restore_options.archive-mode",
            #"option "archive-mode" is pgstanza's own"#,
            hint: "a restored node must not archive before its identity is known"),
        Broken(
            #""process-max": 2"#, #"‸"stanza": "x""#,
            path: "restore_config.restore_options.stanza",
            #"option "stanza" is pgstanza's own"#,
            hint: "it is set with orchestrator_opts.local.pgbackrest.stanza"),
        Broken(
            #""process-max": 2"#, #"‸"config-path": "/x""#,
            path: "restore_config.restore_options.config-path",
            #"option "config-path" is pgstanza's own"#,
            hint: "pgstanza writes one configuration file per node and names it itself"),
        Broken(
            #""process-max": 2"#, #"‸"lock-path": "/x""#,
            path: "restore_config.restore_options.lock-path",
            #"option "lock-path" is pgstanza's own"#,
            hint: "each node has its own lock directory, so that two nodes of one host do not block each other"),
        Broken(
            #""process-max": 2"#, #"‸"repo1-cipher-pass": "geheim""#,
            path: "restore_config.restore_options.repo1-cipher-pass",
            #"option "repo1-cipher-pass" is a secret, which must not stand on a command line"#,
            hint: "put it into custom_options of the repository"),
        Broken(
            #""process-max": 2"#, #"‸"repo1-path": "/x""#,
            path: "restore_config.restore_options.repo1-path",
            #"option "repo1-path" follows from the repository"#,
            hint: "say it in repositories[] instead"),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z", "process-max": 2"#,
            #""type": "immediate", ‸"target-exclusive": true"#,
            path: "restore_config.restore_options.target-exclusive",
            "type immediate takes no target-exclusive",
            hint: "it goes with time, lsn and xid"),
        Broken(
            #""type": "time", "target": "2025-01-01T01:30:00Z", "process-max": 2"#,
            #""type": "immediate", ‸"target-timeline": 2"#,
            path: "restore_config.restore_options.target-timeline",
            "type immediate takes no target-timeline",
            hint: "it stays on the backup's own timeline"),
    ]
}
