import Catalog
import Scheduling

/// Where root puts what the system's own schedulers read.
enum SystemPlaces {
    /// Whether they hold files of a home, as far as names tell.
    static func hold(filesOf home: Home) -> Bool {
        let prefix = HostSchedule.prefix(home: home.path)
        if FileInformation.exists("/etc/cron.d/\(prefix)") { return true }
        let names = (try? Directory.names(in: "/etc/systemd/system")) ?? []
        return names.contains { $0.hasPrefix("\(prefix)-backup-") || $0.hasPrefix("\(prefix)-server-") }
    }
}
