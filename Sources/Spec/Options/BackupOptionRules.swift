/// The rules of `backup_options` and of `backup --option`.
public enum BackupOptionRules {
    /// Everything that is wrong with the options, in the order of their names.
    public static func problems(in options: [String: String]) -> [OptionProblem] {
        options.sorted { $0.key < $1.key }.compactMap { name, value in
            if let complaint = OptionNames.complaint(name, at: .backup) {
                return OptionProblem(name, value: false, complaint)
            }
            return OptionText.problem(inValue: value).map {
                OptionProblem(name, Complaint("the value of \(name) \($0)"))
            }
        }
    }
}
