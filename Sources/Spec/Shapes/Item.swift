import PositionedJSON

/// A value of the document under reading: what it is, where it is, and where its problems go.
///
/// Reading goes in two steps. ``check(_:)`` holds the value against its table and reports what does not fit; then
/// a reader takes what is there, with a stand-in for what is not, and adds the rules that tie values together.
/// Nothing made of stand-ins gets out, since ``Report/finish()`` throws.
struct Item {
    let node: JSONNode
    /// Empty for the document itself.
    let path: String
    /// The key it stands under, and where that is; nil for the document and the elements of arrays.
    var key: String?
    var keyPosition: Position?
    let report: Report

    init(root: JSONNode, report: Report) {
        node = root
        path = ""
        self.report = report
    }

    private init(member: JSONMember, of parent: Item) {
        node = member.value
        path = DocumentPath.member(member.key, of: parent.path)
        key = member.key
        keyPosition = member.keyPosition
        report = parent.report
    }

    private init(element: JSONNode, index: Int, of parent: Item) {
        node = element
        path = DocumentPath.element(index, of: parent.path)
        report = parent.report
    }

    // MARK: What is inside; nothing when the value is of another type.

    var members: [Item] {
        guard case .object(let members) = node.value else { return [] }
        return members.map { Item(member: $0, of: self) }
    }

    var elements: [Item] {
        guard case .array(let nodes) = node.value else { return [] }
        return nodes.enumerated().map { Item(element: $0.element, index: $0.offset, of: self) }
    }

    subscript(name: String) -> Item? {
        guard case .object(let members) = node.value else { return nil }
        return members.first { $0.key == name }.map { Item(member: $0, of: self) }
    }

    /// The elements of the array under a key; none when there is no such key.
    func list(_ name: String) -> [Item] { self[name]?.elements ?? [] }

    var isObject: Bool {
        if case .object = node.value { true } else { false }
    }

    var text: String? {
        if case .string(let text) = node.value { text } else { nil }
    }

    var integer: Int? {
        guard case .number(let number) = node.value else { return nil }
        return number.integer.flatMap { Int(exactly: $0) }
    }

    var boolean: Bool? {
        if case .bool(let value) = node.value { value } else { nil }
    }

    /// The texts of an array of strings.
    var texts: [String] { elements.compactMap(\.text) }

    /// A string, number or boolean as the text of a setting.
    func settingText(_ booleans: BooleanWords) -> String? {
        switch node.value {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let value): booleans.text(value)
        case .null, .array, .object: nil
        }
    }

    /// An object of settings; values that are no setting are left out.
    func settings(_ booleans: BooleanWords) -> [String: String] {
        var result: [String: String] = [:]
        for member in members { result[member.key ?? ""] = member.settingText(booleans) }
        return result
    }

    /// A secret, wherever it is kept.
    var secret: Secret? {
        if let text { return .literal(text) }
        if let file = self["file"]?.text { return .file(file) }
        return self["env"]?.text.map { .environment($0) }
    }

    // MARK: Problems

    /// Reports a problem with the value.
    func refuse(_ message: String, hint: String? = nil) {
        refuse(Complaint(message, hint: hint))
    }

    func refuse(_ complaint: Complaint) {
        report.add(complaint, at: node.position, path: path)
    }

    /// Reports a problem with the key.
    func refuseKey(_ complaint: Complaint) {
        report.add(complaint, at: keyPosition ?? node.position, path: path)
    }

    /// Reports that a key is not there, at the start of the object that should hold it.
    func refuseMissing(_ name: String, _ complaint: Complaint) {
        report.add(complaint, at: node.position, path: DocumentPath.member(name, of: path))
    }
}
