import Catalog
import TargetTime

/// What a command works with: everything from outside is handed in.
struct CommandContext: Sendable {
    let home: Home
    /// `config.json`; the defaults for a command that does not need the home.
    let configuration: HostConfiguration
    let environment: Environment
    let output: Output
    let terminal: Terminal
    let session: Session
    /// The command line, the program's name first.
    let arguments: [String]

    /// What this host knows.
    var databases: Databases { Databases(home: home) }
    var tasks: Tasks { Tasks(home: home) }

    var now: Instant { Instant.now() }
}
