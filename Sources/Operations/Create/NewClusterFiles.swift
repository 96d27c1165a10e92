import Postgres
import Spec

/// The configuration files that a cluster made by pgstanza begins with.
struct NewClusterFiles {
    var node: NodePlacement
    /// Name of the operating system user that the server and pgstanza run as.
    var ownerName: String

    /// Settings of the spec that have a key of their own there, or follow from others; `db validate` warns of them.
    static let overridden: Set<String> = ["port", "unix_socket_directories", "archive_mode"]

    /// Settings for `postgresql.conf`, over what initdb writes; the spec's own win.
    var settings: [String: String] {
        let own = [
            "listen_addresses": listenAddresses, "port": String(node.primary.port),
            "unix_socket_directories": node.primary.socketDir, "cluster_name": "\(node.databaseID)-\(node.name)",
            "password_encryption": "scram-sha-256", "archive_timeout": "60s",
        ]
        let specs = node.spec.postgresqlConf.map { ($0.key.lowercased(), $0.value) }
        let settings = own.merging(specs.filter { !Self.overridden.contains($0.0) }) { $1 }
        return node.mesh?.completing(settings) ?? settings
    }

    private var listenAddresses: String {
        let address = node.primary.address
        return ["127.0.0.1", "localhost", "::1"].contains(address) ? "localhost" : "localhost,\(address)"
    }

    /// The files that are pgstanza's as a whole, by their names in the data directory.
    var texts: [String: String] {
        get throws {
            [
                ManagedSettings.fileName: try ManagedSettings.text(settings),
                "pg_hba.conf": HBA.text(superuser: node.superuser, specLines: node.spec.pgHBAConf),
                "pg_ident.conf": HBA.ident(
                    osUser: ownerName, superuser: node.superuser, specLines: node.spec.pgIdentConf),
            ]
        }
    }

    /// `postgresql.auto.conf` of a node that is to be backed up: `archive_mode` is on from the first start, so that
    /// archiving can begin without a restart.
    static func autoConf(_ text: String, archives: Bool) -> String {
        guard archives else { return text }
        var file = ServerSettingsFile(text: text)
        file.set("archive_mode", "on")
        return file.text
    }
}
