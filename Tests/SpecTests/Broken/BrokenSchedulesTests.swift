import Spec
import Testing

@Suite("Broken: schedules")
struct BrokenSchedulesTests {
    @Test("is reported at its place, with the mend", arguments: cases)
    func report(_ broken: Broken) throws {
        try broken.check(in: ValidTexts.database) { _ = try SpecReader.readDatabase($0, file: $1) }
    }

    static let cases: [Broken] = [
        Broken(
            #""id": "hourly""#, #""id": ‸"nightly""#,
            path: "spec.backup_config.schedules[1].id",
            #""nightly" stands twice among the schedule ids"#,
            hint: "it is also in line 50"),
        Broken(
            #""id": "hourly""#, #""id": ‸"every hour""#,
            path: "spec.backup_config.schedules[1].id",
            #""every hour" is not a schedule id"#,
            hint: "1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', starting with a letter or digit"),
        Broken(
            #"{"id": "hourly", "#, "‸{",
            path: "spec.backup_config.schedules[1].id",
            #""id" is missing"#,
            hint: "add it: the name of the schedule"),
        Broken(
            #""type": "incr""#, #""type": ‸"incremental""#,
            path: "spec.backup_config.schedules[1].type",
            #"unknown backup type "incremental""#,
            hint: "use one of full, diff, incr"),
        Broken(
            #""30 * * * *""#, #"‸"30 * * *""#,
            path: "spec.backup_config.schedules[1].cron_expression",
            #""30 * * *" has 4 fields, expected five"#,
            hint: "write minute, hour, day of the month, month, day of the week, such as 0 2 * * *"),
        Broken(
            #""30 * * * *""#, #"‸"61 * * * *""#,
            path: "spec.backup_config.schedules[1].cron_expression",
            #"minute "61" is out of range"#,
            hint: "the minute runs from 0 to 59"),
        Broken(
            #""30 * * * *""#, #"‸"0 0 31 2 *""#,
            path: "spec.backup_config.schedules[1].cron_expression",
            #""0 0 31 2 *" never comes due: none of its months has a day 31"#,
            hint: "use day 28, which February has every year"),
        Broken(
            #""cron_expression": "30 * * * *""#, #"‸"cron": "30 * * * *""#,
            path: "spec.backup_config.schedules[1].cron",
            #"unknown key "cron""#,
            hint: #"did you mean "cron_expression"?"#),
        Broken(
            #""schedules": ["#,
            #""schedules": ‸[{"id": "s0", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s1", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s2", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s3", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s4", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s5", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s6", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s7", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s8", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s9", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s10", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s11", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s12", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s13", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s14", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s15", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s16", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s17", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s18", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s19", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s20", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s21", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s22", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s23", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s24", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s25", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s26", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s27", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s28", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s29", "type": "full", "cron_expression": "0 1 * * *"}, {"id": "s30", "type": "full", "cron_expression": "0 1 * * *"}, "#,
            path: "spec.backup_config.schedules",
            "expected at most 32 schedules, found 33",
            hint: nil),
    ]
}
