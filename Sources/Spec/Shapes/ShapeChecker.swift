import PositionedJSON

extension Item {
    /// Holds the value against its shape, all the way down, and reports whatever does not fit.
    func check(_ shape: Shape) {
        switch shape {
        case .text(let rule): check(rule)
        case .integer(let rule): check(rule)
        case .boolean: if boolean == nil { refuseType("true or false", hint: unquotingHint) }
        case .choice(let rule): check(rule)
        case .secret(let rule): check(rule)
        case .list(let rule): check(rule)
        case .object(let table): check(table)
        case .map(let rule): check(rule)
        case .setting(let rule): check(rule)
        case .either(let short, let long): check(isObject ? .object(long) : short)
        case .notUsed: report.addNotUsed(path)
        }
    }

    private func check(_ rule: TextRule) {
        guard let text else { return refuseType(rule.what, hint: quotingHint ?? rule.hint) }
        if let complaint = rule.check(text) { refuse(complaint) }
    }

    private func check(_ rule: IntegerRule) {
        guard case .number(let number) = node.value else {
            return refuseType(rule.what, hint: unquotingHint ?? rule.hint)
        }
        guard let value = number.integer, rule.range.contains(value) else {
            return refuse("\(number.text) is not \(rule.what)", hint: rule.hint)
        }
    }

    private func check(_ rule: ChoiceRule) {
        guard let text else {
            return refuseType("a \(rule.noun)", hint: "use one of " + rule.values.joined(separator: ", "))
        }
        if let complaint = rule.complaint(text) { refuse(complaint) }
    }

    private func check(_ rule: SecretRule) {
        switch node.value {
        case .string(let text):
            if let complaint = rule.check(text) { refuse(complaint) }
        case .object(let members):
            check(SecretTable.reference)
            guard members.count != 1 else { return }
            refuse(
                "expected one place where the secret is kept, found \(members.isEmpty ? "none" : "\(members.count)")",
                hint: "use either {\"file\": \"/path\"} or {\"env\": \"NAME\"}")
        case .null, .bool, .number, .array:
            refuseType(
                "a string, {\"file\": \"/path\"} or {\"env\": \"NAME\"}", hint: "write it in quotes", secret: true)
        }
    }

    private func check(_ rule: ListRule) {
        guard case .array(let nodes) = node.value else {
            return refuseType("an array of \(rule.noun)", hint: rule.example ?? bracketHint)
        }
        if !rule.count.contains(nodes.count) {
            let found = nodes.isEmpty ? "none" : "\(nodes.count)"
            refuse("expected \(rule.countText) \(rule.noun), found \(found)", hint: rule.example)
        }
        for element in elements { element.check(rule.element) }
        if rule.isDistinct { elements.refuseRepeated(rule.noun) { $0 } }
    }

    private func check(_ rule: MapRule) {
        guard isObject else { return refuseType("an object") }
        for member in members {
            if let complaint = rule.keys.check(member.key ?? "") { member.refuseKey(complaint) }
            if member.isObject, let key = member.key, rule.secrets?.contains(key) ?? false {
                member.check(.secret(SecretRule { _ in nil }))
            } else {
                member.check(rule.values)
            }
        }
    }

    private func check(_ rule: SettingRule) {
        guard let text = settingText(rule.booleans) else {
            return refuseType("a string, a number, true or false")
        }
        if let complaint = rule.check(text) { refuse(complaint) }
    }

    private func check(_ table: KeyTable) {
        guard isObject else { return refuseType("an object") }
        let names = table.keys.map(\.name)
        var mistyped: Set<String> = []
        for member in members {
            guard let name = member.key else { continue }
            guard let key = table.key(name) else {
                let nearest = NearestWord.find(name, among: names.filter { self[$0] == nil })
                if let nearest { mistyped.insert(nearest) }
                member.refuseKey(.unknownKey(name, nearest: nearest, known: names))
                continue
            }
            member.check(key.shape)
        }
        for key in table.keys where key.isNeeded && self[key.name] == nil && !mistyped.contains(key.name) {
            refuseMissing(key)
        }
        checkVariant(of: table, mistyped: mistyped)
    }

    private func checkVariant(of table: KeyTable, mistyped: Set<String>) {
        guard let type = self["type"]?.text, let variant = table.variants.first(where: { $0.type == type }) else {
            return
        }
        for name in variant.needed where self[name] == nil && !mistyped.contains(name) {
            let about = table.key(name)?.about ?? name
            refuseMissing(
                name,
                Complaint("\(Wording.quoted(name)) is missing, which type \(type) needs", hint: "add it: " + about))
        }
        let fitting = variant.needed + variant.allowed
        for member in members {
            guard let name = member.key, !fitting.contains(name) else { continue }
            let owners = table.variants.filter { ($0.needed + $0.allowed).contains(name) }.map(\.type)
            guard !owners.isEmpty else { continue }
            member.refuseKey(
                Complaint(
                    "\(Wording.quoted(name)) does not go with type \(type)",
                    hint: "take it out, or use type " + Wording.list(owners, last: "or")))
        }
    }

    private func refuseMissing(_ key: Key) {
        var hint = "add it: " + key.about
        if case .choice(let rule) = key.shape { hint += ", one of " + rule.values.joined(separator: ", ") }
        refuseMissing(key.name, Complaint("\(Wording.quoted(key.name)) is missing", hint: hint))
    }

    /// Reports a value of the wrong JSON type.
    func refuseType(_ expected: String, hint: String? = nil, secret: Bool = false) {
        var hint = hint
        if case .null = node.value { hint = "null is no value: give one, or leave the key out" }
        refuse("expected \(expected), found \(Wording.found(node, secret: secret))", hint: hint)
    }

    /// For a number that would be right with quotes.
    private var quotingHint: String? {
        guard case .number(let number) = node.value else { return nil }
        return "write it in quotes: \(Wording.quoted(number.text))"
    }

    /// For a string that would be right without quotes.
    private var unquotingHint: String? {
        guard let text, text.isDecimal || text == "true" || text == "false" else { return nil }
        return "write it without quotes: \(text)"
    }

    /// For one string where an array of strings is expected.
    private var bracketHint: String? {
        text.map { "put it in brackets: [\(Wording.quoted($0))]" }
    }
}

extension Complaint {
    static func unknownKey(_ name: String, nearest: String?, known: [String]) -> Complaint {
        let hint =
            nearest.map { "did you mean \(Wording.quoted($0))?" } ?? "known here: " + known.joined(separator: ", ")
        return Complaint("unknown key \(Wording.quoted(name))", hint: hint)
    }
}

extension ListRule {
    /// `1 to 9`, `one or more`, `at most 16`.
    var countText: String {
        if count.upperBound == .max { return "one or more" }
        return count.lowerBound == 0 ? "at most \(count.upperBound)" : "\(count.lowerBound) to \(count.upperBound)"
    }
}

extension [Item] {
    /// Reports every element whose value, or the value of one of its keys, stood in an element before it.
    func refuseRepeated(_ noun: String, _ part: (Item) -> Item?) {
        var first: [String: Item] = [:]
        for item in compactMap(part) {
            guard let text = item.text else { continue }
            if let other = first[text] {
                item.refuse(
                    "\(Wording.quoted(text)) stands twice among the \(noun)",
                    hint: "it is also in line \(other.node.position.line)")
            } else {
                first[text] = item
            }
        }
    }
}
