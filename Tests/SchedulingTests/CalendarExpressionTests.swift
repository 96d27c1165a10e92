import Cron
import Scheduling
import Testing

@Suite("Cron expressions in the words of others")
struct CalendarExpressionTests {
    @Test(arguments: [
        ("0 2 * * *", ["*-*-* 02:00:00 UTC"], "0 2 * * *"),
        ("@hourly", ["*-*-* *:00:00 UTC"], "0 * * * *"),
        ("*/15 9-17 * * 1-5", ["Mon,Tue,Wed,Thu,Fri *-*-* 09..17:00,15,30,45:00 UTC"], "0,15,30,45 9-17 * * 1-5"),
        ("5/20 */6 ? jan,dec SUN", ["Sun *-01,12-* 00,06,12,18:05,25,45:00 UTC"], "5,25,45 0,6,12,18 * 1,12 0"),
        ("0 0 1,15 * 7", ["*-*-01,15 00:00:00 UTC", "Sun *-*-* 00:00:00 UTC"], "0 0 1,15 * 0"),
        // Where implementations differ on */n the values do not.
        (
            "0 0 */10 * 1", ["*-*-01,11,21,31 00:00:00 UTC", "Mon *-*-* 00:00:00 UTC"], "0 0 1,11,21,31 * 1"
        ),
        ("0 0 29 2 *", ["*-02-29 00:00:00 UTC"], "0 0 29 2 *"),
        ("0 0 30 2 mon", ["Mon *-02-* 00:00:00 UTC"], "0 0 30 2 1"),
        ("59 23 31 12 *", ["*-12-31 23:59:00 UTC"], "59 23 31 12 *"),
    ])
    func expressions(_ text: String, _ calendar: [String], _ crontab: String) throws {
        let expression = try CronExpression(text)
        #expect(CalendarExpression.lines(expression) == calendar)
        #expect(CrontabExpression.fields(expression) == crontab)
    }
}
