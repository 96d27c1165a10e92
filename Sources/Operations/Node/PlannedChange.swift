/// One thing that a command does, or would do.
public struct PlannedChange: Sendable, Equatable {
    /// nil when it concerns the database as a whole.
    public var node: String?
    /// A stable name in kebab case, such as `init-cluster`.
    public var action: String
    /// What exactly, for people.
    public var detail: String

    public init(node: String?, action: String, detail: String) {
        self.node = node
        self.action = action
        self.detail = detail
    }
}

/// A file that a command writes, or would write.
public struct PlannedFile: Sendable, Equatable {
    public var path: String
    /// Its text, secrets masked.
    public var text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}
