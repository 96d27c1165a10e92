import Cron
import Scheduling
import Spec
import Testing

@Suite("What is installed")
struct InstallTextTests {
    static func host(
        user: String? = "postgres", home: String = "/var/lib/pgstanza", off: Bool = false
    ) throws -> HostSchedule {
        let schedules = [schedule("nightly", .full, "0 2 * * *"), schedule("often", .incr, "*/30 8-17 */2 * mon-fri")]
        return try HostSchedule(
            program: "/usr/local/bin/pgstanza", home: home, user: user,
            nodes: [
                .init(database: "shop", node: "n1", schedules: off ? [] : schedules, isStarted: true),
                .init(database: "shop", node: "n2", schedules: schedules, isStarted: true),
                .init(database: "books", node: "n1", schedules: [schedules[0]], isStarted: false),
            ])
    }

    private static let pgstanza = "postgres /usr/local/bin/pgstanza"
    private static let home = "--home /var/lib/pgstanza"

    @Test("a crontab of the system where cron's minutes are UTC's")
    func utc() throws {
        let lines = CrontabText.lines(try Self.host(), zone: .utc)
        #expect(
            lines == [
                "# Written by pgstanza schedule install for /var/lib/pgstanza; it writes it anew.",
                "SHELL=/bin/sh", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "@reboot \(Self.pgstanza) db start shop n1 n2 -q \(Self.home); "
                    + "/usr/local/bin/pgstanza schedule run-due -q \(Self.home)",
                "0 2 * * * \(Self.pgstanza) backup shop n1 n2 --schedule nightly -q \(Self.home)",
                "0,30 8-17 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1-5 \(Self.pgstanza) "
                    + "backup shop n1 n2 --schedule often -q \(Self.home)",
                "0 2 * * * \(Self.pgstanza) backup books n1 --schedule nightly -q \(Self.home)",
            ])
        // A restored node is left out of the lines that the others keep.
        let off = CrontabText.lines(try Self.host(off: true), zone: .utc)
        #expect(off.contains("0 2 * * * \(Self.pgstanza) backup shop n2 --schedule nightly -q \(Self.home)"))
    }

    @Test("elsewhere: CRON_TZ for a file of its own, one line a minute for all others")
    func elsewhere() throws {
        #expect(CrontabText.lines(try Self.host(), zone: .named).contains("CRON_TZ=UTC"))
        let local = CrontabText.lines(try Self.host(), zone: .local)
        #expect(local.last == "* * * * * \(Self.pgstanza) schedule run-due -q \(Self.home)")
        #expect(local.count { $0.contains("pgstanza schedule run-due") } == 1)
        // In a user's own crontab a variable would change the lines below it.
        let own = CrontabText.lines(try Self.host(user: nil), zone: .named)
        #expect(own.allSatisfy { !$0.contains("CRON_TZ") && !$0.hasPrefix("PATH=") })
        #expect(own.last == "* * * * * /usr/local/bin/pgstanza schedule run-due -q \(Self.home)")
    }

    @Test("nothing to run is no crontab")
    func nothing() throws {
        let host = try HostSchedule(program: "/usr/bin/pgstanza", home: "/h", user: nil, nodes: [])
        #expect(CrontabText.lines(host, zone: .utc).isEmpty)
        #expect(SystemdUnits.files(host).isEmpty)
    }

    @Test("units are named after the home, and a user's own ask for less")
    func units() throws {
        let files = SystemdUnits.files(try Self.host(off: true))
        #expect(
            files.map(\.name) == [
                "pgstanza-backup-shop-n2.timer", "pgstanza-backup-shop-n2.service", "pgstanza-backup-books-n1.timer",
                "pgstanza-backup-books-n1.service", "pgstanza-server-shop.service",
            ])
        #expect(files[0].text.contains("\nOnCalendar=*-*-* 02:00:00 UTC\n"))
        #expect(files[1].text.contains("\nUser=postgres\n") && files[1].text.contains("\nProtectSystem=full\n"))
        let own = SystemdUnits.files(try Self.host(user: nil, home: "/home/a/100%"))
        #expect(own.allSatisfy { $0.name.hasPrefix("pgstanza-") && !$0.name.hasPrefix("pgstanza-backup") })
        #expect(own[1].text.contains("--home /home/a/100%%\n"))
        #expect(!own[1].text.contains("User=") && !own[1].text.contains("ProtectSystem"))
    }

    @Test("names that could mean something else are refused")
    func names() {
        let daily = schedule("a; rm -rf /", .full, "@daily")
        #expect(throws: HostScheduleError.self) {
            try HostSchedule.Node(database: "shop", node: "n1", schedules: [daily], isStarted: false)
        }
        #expect(throws: HostScheduleError.self) {
            try HostSchedule.Node(database: "a\nb", node: "n1", schedules: [], isStarted: false)
        }
        for path in ["relative", "/with blank", "/with\nbreak"] {
            #expect(throws: HostScheduleError.self) {
                try HostSchedule(program: "/usr/bin/pgstanza", home: path, user: nil, nodes: [])
            }
        }
        #expect(throws: HostScheduleError.self) {
            try HostSchedule(program: "/usr/bin/pgstanza", home: "/h", user: "root ALL", nodes: [])
        }
    }
}
