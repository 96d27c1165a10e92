/// Reads one repository.
enum RepositoryReader {
    static func read(_ item: Item) -> Repository {
        checkKeys(item)
        if let options = item["custom_options"] { checkOptions(options) }
        return build(item)
    }

    /// The repository, without a look at its rules.
    static func build(_ item: Item) -> Repository {
        let options = item["custom_options"]
        return Repository(
            id: item["id"]?.text, kind: kind(item), basePath: item["base_path"]?.text,
            retentionFull: item["retention_full"]?.integer,
            retentionFullType: item["retention_full_type"]?.text.flatMap(RetentionType.init(rawValue:)),
            customOptions: options?.settings(.yesNo) ?? [:], customSecrets: secrets(options))
    }

    private static func kind(_ item: Item) -> RepositoryKind {
        switch item["type"]?.text {
        case "s3":
            .s3(
                bucket: item["s3_bucket"]?.text ?? "", region: item["s3_region"]?.text,
                endpoint: item["s3_endpoint"]?.text, key: item["s3_key"]?.secret,
                keySecret: item["s3_key_secret"]?.secret)
        case "gcs":
            .gcs(
                bucket: item["gcs_bucket"]?.text ?? "", endpoint: item["gcs_endpoint"]?.text,
                key: item["gcs_key"]?.secret)
        case "azure":
            .azure(
                account: item["azure_account"]?.text ?? "", container: item["azure_container"]?.text ?? "",
                endpoint: item["azure_endpoint"]?.text, key: item["azure_key"]?.secret)
        case "cifs": .cifs
        default: .posix
        }
    }

    /// Keys that a store wants together, unless `custom_options` says how it is done.
    private static func checkKeys(_ item: Item) {
        let custom = Set(
            (item["custom_options"]?.members ?? []).compactMap { $0.key.map(OptionNames.withoutRepository) })
        guard item["type"]?.text == "s3" else { return }
        let hint = "add it, or take both out to use the host's own role"
        if let key = item["s3_key"], item["s3_key_secret"] == nil, !custom.contains("s3-key-secret") {
            key.refuseKey(Complaint("\"s3_key\" needs \"s3_key_secret\"", hint: hint))
        }
        if let secret = item["s3_key_secret"], item["s3_key"] == nil, !custom.contains("s3-key") {
            secret.refuseKey(Complaint("\"s3_key_secret\" needs \"s3_key\"", hint: hint))
        }
    }

    private static func checkOptions(_ options: Item) {
        var spellings: [String: String] = [:]
        for member in options.members {
            guard let name = member.key else { continue }
            let plain = OptionNames.withoutRepository(name)
            if let other = spellings.updateValue(name, forKey: plain) {
                member.refuseKey(
                    Complaint(
                        "\(Wording.quoted(name)) is the same option as \(Wording.quoted(other))",
                        hint: "keep one of them"))
            }
            if plain == "path", let path = member.text, let complaint = PathRules.complaint(path, longest: 1024) {
                member.refuse(complaint)
            }
        }
    }

    private static func secrets(_ options: Item?) -> [String: Secret] {
        var result: [String: Secret] = [:]
        for member in options?.members ?? [] where member.isObject { result[member.key ?? ""] = member.secret }
        return result
    }
}
