import Failures
import PositionedJSON
import Spec

/// One repository of a configuration that somebody wrote, as a spec says it.
struct AdoptedRepository {
    var number: Int
    /// By name without `repoN-`.
    var options: [String: String]

    /// pgBackRest's own default (`repo-path` in its config.yaml).
    private static let defaultPath = "/var/lib/pgbackrest"
    /// The most that `retention_full` can be.
    private static let everything: Int64 = 9_999_999

    /// Throws `cannot-adopt` (73) for a repository that a spec cannot describe.
    func tree(_ notes: inout [String]) throws -> JSONTree {
        var rest = options
        func take(_ name: String) -> JSONTree? { rest.removeValue(forKey: name).map { .string($0) } }
        if let host = options.keys.sorted().first(where: { $0 == "host" || $0.hasPrefix("host-") }) {
            throw refusal("repo\(number)-\(host)", "is reached over a repository host")
        }
        let type = rest.removeValue(forKey: "type") ?? "posix"
        let path = rest.removeValue(forKey: "path") ?? Self.defaultPath
        var members: [String: JSONTree] = ["id": .string("repo\(number)"), "type": .string(type)]
        switch type {
        case "posix", "cifs": members["base_path"] = .string(path)
        case "s3":
            for (option, key) in [
                ("s3-bucket", "s3_bucket"), ("s3-region", "s3_region"), ("s3-endpoint", "s3_endpoint"),
                ("s3-key", "s3_key"), ("s3-key-secret", "s3_key_secret"),
            ] { members[key] = take(option) }
        case "gcs":
            members["gcs_bucket"] = take("gcs-bucket")
            members["gcs_endpoint"] = take("gcs-endpoint")
            if (options["gcs-key-type"] ?? "service") == "service", let file = rest.removeValue(forKey: "gcs-key") {
                members["gcs_key"] = .object(["file": .string(file)])
                rest["gcs-key-type"] = nil
            }
        case "azure":
            for (option, key) in [
                ("azure-account", "azure_account"), ("azure-container", "azure_container"),
                ("azure-endpoint", "azure_endpoint"),
            ] { members[key] = take(option) }
            if (options["azure-key-type"] ?? "shared") == "shared" {
                members["azure_key"] = take("azure-key")
                rest["azure-key-type"] = nil
            }
        default: throw refusal("repo\(number)-type=\(type)", "is of a type that specs do not have")
        }
        retention(&rest, &members, &notes)
        rest["path"] = path
        members["custom_options"] = .object(rest.mapValues { .string($0) })
        return .object(members)
    }

    /// Without a retention pgBackRest keeps everything, and a spec's default would expire it.
    private func retention(
        _ rest: inout [String: String], _ members: inout [String: JSONTree], _ notes: inout [String]
    ) {
        let type = rest.removeValue(forKey: "retention-full-type") ?? "count"
        members["retention_full_type"] = .string(type)
        if let text = rest.removeValue(forKey: "retention-full"), let number = Int64(text) {
            members["retention_full"] = .integer(number)
        } else {
            members["retention_full"] = .integer(Self.everything)
            notes.append("repository repo\(number) has no retention: everything is kept, as now")
        }
    }

    private func refusal(_ option: String, _ why: String) -> OperationError {
        OperationError(
            .refused, code: "cannot-adopt", "repository \(number) \(why) (\(option))",
            hint: "mount or copy it to where this host reaches it by itself, and have pgBackRest use it there first")
    }
}
