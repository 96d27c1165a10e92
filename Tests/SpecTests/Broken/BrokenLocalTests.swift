import Spec
import Testing

@Suite("Broken: orchestrator_opts")
struct BrokenLocalTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""swarm": {"#, #"‸"swram": {"#,
            path: "spec.orchestrator_opts.swram",
            #"unknown key "swram""#,
            hint: #"did you mean "swarm"?"#),
        Broken(
            #""pgdata": "/srv/pgdata""#, #""pgdata": ‸"srv/pgdata""#,
            path: "spec.orchestrator_opts.local.pgdata",
            #"the path "srv/pgdata" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #""pgdata": "/srv/pgdata""#, #"‸"pg_data": "/srv/pgdata""#,
            path: "spec.orchestrator_opts.local.pg_data",
            #"unknown key "pg_data""#,
            hint: #"did you mean "pgdata"?"#),
        Broken(
            #""bin_dir": "/usr/lib/postgresql/15/bin""#, #""bin_dir": ‸"./bin""#,
            path: "spec.orchestrator_opts.local.bin_dir",
            #"the path "./bin" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #""socket_dir": "/run/pg""#,
            #""socket_dir": ‸"/ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss""#,
            path: "spec.orchestrator_opts.local.socket_dir",
            #"the path "/sssssssssssssssssssssssssssssssssssssssssssssssssssssssssss…" has 101 bytes"#,
            hint: "at most 100 fit"),
        Broken(
            #""address": "10.0.0.1""#, #""address": ‸"10.0.0.1 x""#,
            path: "spec.orchestrator_opts.local.address",
            #""10.0.0.1 x" is not an address"#,
            hint: "a host name or an IP address, without a port"),
        Broken(
            #""superuser": "postgres""#, #""superuser": ‸"""#,
            path: "spec.orchestrator_opts.local.superuser",
            #""" is not a role name"#,
            hint: "1 to 63 bytes without control characters"),
        Broken(
            #"{"type": "systemd", "unit": "postgresql@15-main.service"}"#, #"‸"sysvinit""#,
            path: "spec.orchestrator_opts.local.service",
            #"unknown service "sysvinit""#,
            hint: "use one of pg_ctl, systemd, pg_ctlcluster"),
        Broken(
            #"{"type": "systemd", "unit": "postgresql@15-main.service"}"#, #"‸{"type": "systemd"}"#,
            path: "spec.orchestrator_opts.local.service",
            "service systemd needs the name of its unit",
            hint: #"write {"type": "systemd", "unit": "NAME.service"}"#),
        Broken(
            #"{"type": "systemd", "unit": "postgresql@15-main.service"}"#, #"{"type": "pg_ctl", ‸"unit": "x.service"}"#,
            path: "spec.orchestrator_opts.local.service.unit",
            #""unit" goes with service systemd only"#,
            hint: "take it out, or use service systemd"),
        Broken(
            #""unit": "postgresql@15-main.service""#, #""unit": ‸"a b""#,
            path: "spec.orchestrator_opts.local.service.unit",
            #""a b" is not the name of a systemd unit"#,
            hint: "as in postgresql@15-main.service"),
        Broken(
            #"{"provider": "spock", "holding_slots": true}"#, #"‸"bucardo""#,
            path: "spec.orchestrator_opts.local.replication",
            #"unknown replication provider "bucardo""#,
            hint: "use one of spock, pglogical, native, none"),
        Broken(
            #""provider": "spock""#, #""provider": ‸"Spock""#,
            path: "spec.orchestrator_opts.local.replication.provider",
            #"unknown replication provider "Spock""#,
            hint: "use one of spock, pglogical, native, none"),
        Broken(
            #"{"provider": "spock", "holding_slots": true}"#, #"‸{"holding_slots": true}"#,
            path: "spec.orchestrator_opts.local.replication.provider",
            #""provider" is missing"#,
            hint: "add it: spock, pglogical, native or none, one of spock, pglogical, native, none"),
        Broken(
            #""holding_slots": true"#, #""holding_slots": ‸1"#,
            path: "spec.orchestrator_opts.local.replication.holding_slots",
            "expected true or false, found a number (1)",
            hint: nil),
        Broken(
            #""bin": "/usr/bin/pgbackrest""#, #""bin": ‸"bin/pgbackrest""#,
            path: "spec.orchestrator_opts.local.pgbackrest.bin",
            #""bin/pgbackrest" is not a program"#,
            hint: "a name that is looked up in PATH, or an absolute path"),
        Broken(
            #""stanza": "main""#, #""stanza": ‸"../up""#,
            path: "spec.orchestrator_opts.local.pgbackrest.stanza",
            #""../up" is not a stanza name"#,
            hint: "1 to 63 of a-z, A-Z, 0-9, '_' and '-', starting with a letter or digit"),
        Broken(
            #""stanza": "main""#, #""stanza": ‸"global""#,
            path: "spec.orchestrator_opts.local.pgbackrest.stanza",
            "a stanza cannot be called global",
            hint: "that is pgBackRest's own section"),
        Broken(
            #""process-max": 4"#, #"‸"delta": "y""#,
            path: "spec.orchestrator_opts.local.pgbackrest.options.delta",
            #"option "delta" is pgstanza's own"#,
            hint: "an in-place restore always uses it, and nothing else may"),
        Broken(
            #""process-max": 4"#, #"‸"repo1-path": "/x""#,
            path: "spec.orchestrator_opts.local.pgbackrest.options.repo1-path",
            #"option "repo1-path" follows from the repository"#,
            hint: "say it in repositories[] instead"),
        Broken(
            #""process-max": 4"#, #"‸"set": "latest""#,
            path: "spec.orchestrator_opts.local.pgbackrest.options.set",
            #"option "set" belongs to one command and not into [global]"#,
            hint: "give it with the backup or restore"),
        Broken(
            #""before_backup""#, #"‸"before_backups""#,
            path: "spec.orchestrator_opts.local.hooks.before_backups",
            #"unknown key "before_backups""#,
            hint: #"did you mean "before_backup"?"#),
        Broken(
            #"["/bin/true", "x"]"#, #"[‸"true", "x"]"#,
            path: "spec.orchestrator_opts.local.hooks.before_backup[0]",
            #"the path "true" is not absolute"#,
            hint: "start it with /"),
        Broken(
            #"["/bin/true", "x"]"#, "‸[]",
            path: "spec.orchestrator_opts.local.hooks.before_backup",
            "expected one or more words of a command, found none",
            hint: #"the absolute path of a program, and its arguments: ["/usr/local/bin/notify", "done"]"#),
        Broken(
            #"["/bin/true", "x"]"#, #"‸"/bin/true x""#,
            path: "spec.orchestrator_opts.local.hooks.before_backup",
            #"expected an array of words of a command, found a string ("/bin/true x")"#,
            hint: #"the absolute path of a program, and its arguments: ["/usr/local/bin/notify", "done"]"#),
        Broken(
            #"["/bin/true", "x"]"#, #"["/bin/true", ‸7]"#,
            path: "spec.orchestrator_opts.local.hooks.before_backup[1]",
            "expected an argument, found a number (7)",
            hint: #"write it in quotes: "7""#),
        Broken(
            #""swarm": {"image": "anything"}"#, #"‸"locale": {}"#,
            path: "spec.orchestrator_opts.locale",
            #"unknown key "locale""#,
            hint: "known here: local, swarm"),
    ]
}
