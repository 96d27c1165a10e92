/// What a value of a spec has to look like by itself.
///
/// The tables made of these are the one source for reading (``Item/check(_:)``) and for the JSON Schema
/// (``SpecSchema``); what ties several values together is in the readers.
indirect enum Shape: Sendable {
    case text(TextRule)
    case integer(IntegerRule)
    case boolean
    case choice(ChoiceRule)
    /// A string, or an object that names the file or environment variable that holds it.
    case secret(SecretRule)
    case list(ListRule)
    case object(KeyTable)
    case map(MapRule)
    /// A string, number or boolean that becomes the text of a setting; a secret's name lets a secret stand there too.
    case setting(SettingRule)
    /// A string for the short form, or an object for the long one.
    case either(Shape, KeyTable)
    /// Accepted whatever it is, and named as not used.
    case notUsed
}

/// A whole number within bounds.
struct IntegerRule: Sendable {
    /// As in `70000 is not a port`.
    let what: String
    let range: ClosedRange<Int64>
    let hint: String
}

/// One of a few words.
struct ChoiceRule: Sendable {
    /// As in `unknown repository type "s4"`.
    let noun: String
    let values: [String]
    /// What to say about some words that are not among the values.
    var refused: [String: String] = [:]
}

/// A value that must not be shown.
struct SecretRule: Sendable {
    /// Checks a value that stands in the spec itself; the complaint must not hold the value.
    let check: @Sendable (String) -> Complaint?
}

struct ListRule: Sendable {
    /// As in `expected 1 to 9 nodes`.
    let noun: String
    let element: Shape
    let count: ClosedRange<Int>
    /// No value may stand there twice.
    var isDistinct = false
    /// What the array looks like, where an example says more than the rule.
    var example: String?
}

/// An object whose keys are the user's own, or pgBackRest's.
struct MapRule: Sendable {
    let keys: TextRule
    let values: Shape
    /// Keys under which a secret may stand as `{"file": …}` or `{"env": …}`.
    var secrets: SecretKeys?
}

/// Which keys of a map are secrets; the same twice, for the reader and for the JSON Schema.
struct SecretKeys: Sendable {
    let contains: @Sendable (String) -> Bool
    let pattern: String
}

/// The text of an option or setting.
struct SettingRule: Sendable {
    /// How true and false are written.
    let booleans: BooleanWords
    let check: @Sendable (String) -> Complaint?
}

/// pgBackRest and Postgres write booleans differently.
enum BooleanWords: Sendable {
    case yesNo
    case onOff

    func text(_ value: Bool) -> String {
        switch self {
        case .yesNo: value ? "y" : "n"
        case .onOff: value ? "on" : "off"
        }
    }
}

/// The keys of one kind of object.
struct KeyTable: Sendable {
    /// Its name in the JSON Schema.
    let name: String
    let about: String
    let keys: [Key]
    /// Whether exactly one of the keys must be there.
    var isChoice = false
    /// Keys that belong to one value of the key `type` each, when there are such.
    var variants: [Variant] = []

    func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

/// One key of an object.
struct Key: Sendable {
    let name: String
    let shape: Shape
    var isNeeded = false
    /// For the editor's tool tip and the hint of a missing key: a noun phrase.
    let about: String

    init(_ name: String, _ shape: Shape, needed: Bool = false, _ about: String) {
        self.name = name
        self.shape = shape
        isNeeded = needed
        self.about = about
    }
}

/// Which keys go with one value of `type`.
struct Variant: Sendable {
    let type: String
    /// Keys that must be there.
    let needed: [String]
    /// Keys that may be there besides, out of those that any variant names.
    let allowed: [String]
}
