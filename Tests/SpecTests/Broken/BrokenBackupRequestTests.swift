import Spec
import Testing

@Suite("Broken: backup requests")
struct BrokenBackupRequestTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.backup) { _ = try SpecReader.readBackupRequest($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""full""#, #"‸"whole""#,
            path: "type",
            #"unknown backup type "whole""#,
            hint: "use one of full, diff, incr"),
        Broken(
            #"{"type": "full", "#, "‸{",
            path: "type",
            #""type" is missing"#,
            hint: "add it: the type of the backup, one of full, diff, incr"),
        Broken(
            #""ticket""#, #"‸"tick=et""#,
            path: #"annotations["tick=et"]"#,
            #""tick=et" is not the name of an annotation"#,
            hint: "any text without '=' and control characters"),
        Broken(
            #""OPS-17""#, #"‸"a\nb""#,
            path: "annotations.ticket",
            "the value holds a line break",
            hint: "pgBackRest's configuration files hold one line of text per option"),
        Broken(
            #""start-fast": true"#, #"‸"type": "full""#,
            path: "backup_options.type",
            #"option "type" has a key of its own"#,
            hint: "use the key type of the request, or --type"),
        Broken(
            #""start-fast": true"#, #"‸"annotation": "a=b""#,
            path: "backup_options.annotation",
            #"option "annotation" has a key of its own"#,
            hint: "use the key annotations, or --annotation k=v"),
        Broken(
            #""start-fast": true"#, #"‸"spool-path": "/x""#,
            path: "backup_options.spool-path",
            #"option "spool-path" is pgstanza's own"#,
            hint: "each node has its own spool directory"),
        Broken(
            #""start-fast": true"#, #"‸"log-path": "/x""#,
            path: "backup_options.log-path",
            #"option "log-path" is pgstanza's own"#,
            hint: "each node has its own log directory"),
        Broken(
            #""start-fast": true"#, #"‸"exec-id": "x""#,
            path: "backup_options.exec-id",
            #"option "exec-id" is pgstanza's own"#,
            hint: "pgBackRest gives it to its own processes"),
        Broken(
            #""start-fast": true"#, #""start-fast": ‸[]"#,
            path: "backup_options.start-fast",
            "expected a string, a number, true or false, found an array",
            hint: nil),
        Broken(
            #""backup_options""#, #"‸"backup_option""#,
            path: "backup_option",
            #"unknown key "backup_option""#,
            hint: #"did you mean "backup_options"?"#),
    ]
}
