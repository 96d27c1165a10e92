/// A value that must not be seen: a password or a key, or the place where it is kept.
///
/// Its description is always masked; ``Secret/literal(_:)`` is the only case that holds the value.
public enum Secret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    case literal(String)
    /// The content of the file at this absolute path, one trailing line break taken off.
    case file(String)
    /// The value of this environment variable.
    case environment(String)

    public var description: String {
        switch self {
        case .literal: "********"
        case .file(let path): "(file \(path))"
        case .environment(let name): "(environment \(name))"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: ["secret": description]) }
}
