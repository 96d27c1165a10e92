import TargetTime

/// What is wrong with one option of a backup or restore, whether it stands in a file or came from a flag.
public struct OptionProblem: Sendable, Hashable {
    public let option: String
    /// Whether the value is wrong; else it is the option itself.
    public let isAboutValue: Bool
    public let message: String
    public let hint: String?

    init(_ option: String, value isAboutValue: Bool = true, _ complaint: Complaint) {
        self.option = option
        self.isAboutValue = isAboutValue
        message = complaint.message
        hint = complaint.hint
    }
}

/// The rules of `restore_options`: what to recover to, and options of `pgbackrest restore` besides.
public enum RestoreOptionRules {
    /// The recovery types that end in a server that takes writes.
    public static let types = ["default", "immediate", "time", "lsn", "xid", "name"]

    /// Everything that is wrong with the options, in the order of their names.
    public static func problems(in options: [String: String], now: Instant = .now()) -> [OptionProblem] {
        var problems: [OptionProblem] = []
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            if let complaint = OptionNames.complaint(name, at: .restore) {
                problems.append(OptionProblem(name, value: false, complaint))
            } else if let problem = OptionText.problem(inValue: value) {
                problems.append(OptionProblem(name, Complaint("the value of \(name) \(problem)")))
            } else if let complaint = valueComplaint(name, value) {
                problems.append(OptionProblem(name, complaint))
            }
        }
        guard !problems.contains(where: { $0.option == "type" || $0.option == "target" }) else { return problems }
        return problems + togetherProblems(in: options, now: now)
    }

    static let typeRule = ChoiceRule(
        noun: "recovery type", values: types,
        refused: [
            "standby": "a restored node is a primary; replicas follow from host_ids",
            "preserve": "pgstanza writes the recovery settings itself",
            "none": "the server would not start with what pgBackRest 2.45 leaves behind",
        ])

    private static func valueComplaint(_ name: String, _ value: String) -> Complaint? {
        switch name {
        case "type": typeRule.complaint(value)
        case "set": BackupLabel.isWellFormed(value) ? nil : BackupLabel.complaint(value)
        case "target-timeline": timelineComplaint(value)
        case "target-exclusive":
            ["y", "n"].contains(value)
                ? nil : Complaint("\(Wording.quoted(value)) is neither y nor n", hint: "y stops just before the target")
        case "target-action":
            value == "promote"
                ? nil
                : Complaint(
                    "target-action \(Wording.quoted(value)) is not accepted",
                    hint: "a restored node is always promoted; leave it out")
        default: nil
        }
    }

    private static func timelineComplaint(_ value: String) -> Complaint? {
        if value == "current" || value == "latest" { return nil }
        // Postgres reads a leading zero as octal.
        if value.isDecimal, !value.hasPrefix("0"), UInt32(value) != nil { return nil }
        return Complaint(
            "\(Wording.quoted(value)) is not a timeline", hint: "use its number in decimal, current or latest")
    }

    /// What type, target and the options that hang on them say together.
    private static func togetherProblems(in options: [String: String], now: Instant) -> [OptionProblem] {
        let type = options["type"] ?? "default"
        var problems: [OptionProblem] = []
        if let target = options["target"] {
            if type == "default" || type == "immediate" {
                let complaint =
                    options["type"] == nil
                    ? Complaint("a target needs a type", hint: "set type to time, lsn, xid or name")
                    : Complaint(
                        "type \(type) takes no target", hint: "take it out, or set type to time, lsn, xid or name")
                problems.append(OptionProblem("target", value: false, complaint))
            } else if let complaint = targetComplaint(target, type: type, now: now) {
                problems.append(OptionProblem("target", complaint))
            }
        } else if type != "default", type != "immediate" {
            let hint = "add a target: " + (targetForms[type] ?? "")
            problems.append(OptionProblem("type", Complaint("type \(type) needs a target", hint: hint)))
        }
        if options["target-exclusive"] != nil, !["time", "lsn", "xid"].contains(type) {
            problems.append(
                OptionProblem(
                    "target-exclusive", value: false,
                    Complaint("type \(type) takes no target-exclusive", hint: "it goes with time, lsn and xid")))
        }
        if options["target-timeline"] != nil, type == "immediate" {
            problems.append(
                OptionProblem(
                    "target-timeline", value: false,
                    Complaint("type immediate takes no target-timeline", hint: "it stays on the backup's own timeline"))
            )
        }
        return problems
    }

    private static let targetForms = [
        "time": "an instant with its zone, as in 2025-01-01T01:30:00Z",
        "lsn": "a position in the WAL, as in 0/3000000",
        "xid": "a transaction id in decimal",
        "name": "the name of a restore point",
    ]

    private static func targetComplaint(_ target: String, type: String, now: Instant) -> Complaint? {
        switch type {
        case "time":
            do {
                _ = try TargetTime.parse(target, now: now)
                return nil
            } catch {
                return Complaint(error.message, hint: error.hint)
            }
        case "lsn":
            if isLSN(target) { return nil }
            return Complaint(
                "\(Wording.quoted(target)) is not a position in the WAL",
                hint: "two hexadecimal numbers, as in 0/3000000")
        case "xid":
            // Postgres reads a leading zero as octal; 0, 1 and 2 are no transaction of anybody's.
            if target.isDecimal, !target.hasPrefix("0"), let xid = UInt64(target), xid > 2 { return nil }
            return Complaint(
                "\(Wording.quoted(target)) is not a transaction id",
                hint: "a decimal number from 3, without leading zeros")
        default:
            return restorePointComplaint(target)
        }
    }

    static func isLSN(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy {
                (1...8).contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) && $0.utf8.allSatisfy { $0 < 128 }
            }
    }

    /// Postgres holds 63 bytes of the name. pgBackRest writes it between quotes without escaping, and a quote in it
    /// would leave a configuration that the server cannot read.
    private static func restorePointComplaint(_ name: String) -> Complaint? {
        if name.utf8.count > 63 {
            return Complaint(
                "the name of the restore point has \(name.utf8.count) bytes", hint: "Postgres keeps at most 63")
        }
        if name.contains("'") || name.contains("\\") {
            return Complaint(
                "\(Wording.quoted(name)) cannot be written into the recovery settings",
                hint: "the name of a restore point must not hold ' or \\")
        }
        return nil
    }
}

/// Labels of backup sets: `20250101-010000F`, and `…F_20250102-010000I` for what rests on it.
public enum BackupLabel {
    /// Whether the text has the form of a label, or is `latest`.
    public static func isWellFormed(_ text: String) -> Bool {
        if text == "latest" { return true }
        let parts = text.split(separator: "_", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard let full = parts.first, isPart(full, kinds: "F") else { return false }
        return parts.count == 1 || (parts.count == 2 && isPart(parts[1], kinds: "DI"))
    }

    /// `YYYYMMDD-HHMMSS` and one letter.
    private static func isPart(_ bytes: [UInt8], kinds: String) -> Bool {
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "-"), kinds.utf8.contains(bytes[15]) else { return false }
        return (bytes[0..<8] + bytes[9..<15]).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    static func complaint(_ text: String) -> Complaint {
        Complaint(
            "\(Wording.quoted(text)) is not the label of a backup",
            hint: "as pgstanza backups shows it: 20250101-010000F or 20250101-010000F_20250102-010000I, or latest")
    }
}

extension ChoiceRule {
    /// What is wrong with the word; nil when it is one of the values.
    func complaint(_ word: String) -> Complaint? {
        if values.contains(word) { return nil }
        let all = "use one of " + values.joined(separator: ", ")
        if let reason = refused[word] {
            return Complaint("\(noun) \(Wording.quoted(word)) is not accepted: \(reason)", hint: all)
        }
        return Complaint("unknown \(noun) \(Wording.quoted(word))", hint: all)
    }
}
