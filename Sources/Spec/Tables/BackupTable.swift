/// The keys of `backup_config`.
enum BackupTable {
    static let config = KeyTable(
        name: "backup_config", about: "Where backups go, and when they are taken.",
        keys: [
            Key(
                "repositories",
                .list(ListRule(noun: "repositories", element: .object(RepositoryTable.repository), count: 1 ... .max)),
                needed: true, "the repositories that backups and WAL go to"),
            Key(
                "schedules", .list(ListRule(noun: "schedules", element: .object(schedule), count: 0...32)),
                "when backups are taken"),
        ])

    static let schedule = KeyTable(
        name: "schedule", about: "When backups of one type are taken.",
        keys: [
            Key("id", .text(.scheduleID), needed: true, "the name of the schedule"),
            Key("type", .choice(.backupType), needed: true, "the type of the backups"),
            Key("cron_expression", .text(.cronExpression), needed: true, "five fields, in UTC"),
        ])
}

extension ChoiceRule {
    static let backupType = ChoiceRule(noun: "backup type", values: BackupType.allCases.map(\.rawValue))
}

/// The keys of a repository, and which of them go with which type.
enum RepositoryTable {
    static let repository = KeyTable(
        name: "repository", about: "A pgBackRest repository.",
        keys: [
            Key(
                "id", .text(.identifier("a repository id")),
                "what tells the repositories of a node apart; a part of the path"),
            Key(
                "type", .choice(ChoiceRule(noun: "repository type", values: variants.map(\.type))), needed: true,
                "what the repository is stored in"),
            Key("s3_bucket", .text(.storeName("an S3 bucket name", length: 3...63)), "the name of the S3 bucket"),
            Key("s3_region", .text(.region), "the region of the S3 bucket, as in us-east-1"),
            Key("s3_endpoint", .text(.endpoint), "the host name of the S3 service"),
            Key("s3_key", .secret(.storeKey), "the access key id; without it the host's own role is used"),
            Key("s3_key_secret", .secret(.storeKey), "the secret that goes with s3_key"),
            Key("gcs_bucket", .text(.storeName("a GCS bucket name", length: 3...63)), "the name of the GCS bucket"),
            Key("gcs_endpoint", .text(.endpoint), "the host name of the GCS service"),
            Key(
                "gcs_key", .secret(.googleKey), "the service account's JSON in base64, or the file that holds the JSON"),
            Key(
                "azure_account", .text(.storeName("an Azure account", length: 3...24)), "the name of the Azure account"),
            Key(
                "azure_container", .text(.storeName("an Azure container", length: 3...63)),
                "the name of the Azure container"),
            Key("azure_endpoint", .text(.endpoint), "the host name of the Azure service"),
            Key("azure_key", .secret(.storeKey), "the access key of the Azure account"),
            Key(
                "base_path", .text(.absolutePath("a base path", longest: 256)),
                "the directory of the repository, an absolute path"),
            Key(
                "retention_full", .integer(.retention),
                "how many days, or full backups, are kept; 7 when it is not said"),
            Key(
                "retention_full_type",
                .choice(ChoiceRule(noun: "retention type", values: RetentionType.allCases.map(\.rawValue))),
                "what retention_full counts; time when it is not said"),
            Key("custom_options", .map(customOptions), "other options of pgBackRest for this repository"),
        ],
        variants: variants)

    static let variants = [
        Variant(
            type: "s3", needed: ["s3_bucket"],
            allowed: ["s3_region", "s3_endpoint", "s3_key", "s3_key_secret"] + [path]),
        Variant(type: "gcs", needed: ["gcs_bucket"], allowed: ["gcs_endpoint", "gcs_key"] + [path]),
        Variant(
            type: "azure", needed: ["azure_account", "azure_container"],
            allowed: ["azure_endpoint", "azure_key"] + [path]),
        Variant(type: "posix", needed: [path], allowed: []),
        Variant(type: "cifs", needed: [path], allowed: []),
    ]

    private static let path = "base_path"

    private static let customOptions = MapRule(
        keys: .optionName(at: .repository), values: .pgBackRestValue, secrets: SecretOptions.keptElsewhere)
}

extension IntegerRule {
    /// pgBackRest's own bounds of `repo-retention-full`.
    static let retention = IntegerRule(
        what: "a number of days or backups to keep", range: 1...9_999_999, hint: "1 to 9999999")
}

extension SecretRule {
    /// A key that goes into the configuration file as it is.
    static let storeKey = SecretRule { text in
        OptionText.problem(inValue: text).map {
            Complaint("the key \($0)", hint: "configuration files cannot hold that")
        }
    }

    /// Base64, of which only the alphabet is looked at here: what is in it, the store decides.
    static let googleKey = SecretRule { text in
        if let complaint = storeKey.check(text) { return complaint }
        let isBase64 = text.utf8.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return Characters.isAlphanumeric(scalar) || scalar == "+" || scalar == "/" || scalar == "="
        }
        if isBase64, text.utf8.count.isMultiple(of: 4) { return nil }
        return Complaint(
            "the key is not base64",
            hint: "encode the service account's JSON with base64 -w0, or name its file: {\"file\": \"/path/key.json\"}")
    }
}

extension Shape {
    /// The value of a pgBackRest option.
    static let pgBackRestValue = Shape.setting(
        SettingRule(booleans: .yesNo) { text in
            OptionText.problem(inValue: text).map { Complaint("the value \($0)", hint: valueHint) }
        })

    private static let valueHint = "pgBackRest's configuration files hold one line of text per option"
}

extension TextRule {
    /// The name of a pgBackRest option that may stand at a place.
    static func optionName(at place: OptionPlace) -> TextRule {
        TextRule(
            what: "the name of an option", hint: "letters a-z, digits and -, starting with a letter",
            pattern: "^[a-z]([a-z0-9-]*[a-z0-9])?$", complaint: { OptionNames.complaint($0, at: place) },
            isValid: { _ in true })
    }
}
