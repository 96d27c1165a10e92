import PositionedJSON

/// One thing that `doctor` looked at.
struct Finding: Sendable, Equatable {
    enum State: String, Sendable, CaseIterable {
        case ok
        /// Works, and may not later.
        case warning
        /// Will not work.
        case failed
    }

    /// A stable name in kebab case.
    let name: String
    let state: State
    /// What was found.
    let detail: String
    /// How to mend it; there whenever something is to be mended.
    let hint: String?

    static func ok(_ name: String, _ detail: String) -> Finding {
        Finding(name: name, state: .ok, detail: detail, hint: nil)
    }
    static func warning(_ name: String, _ detail: String, hint: String) -> Finding {
        Finding(name: name, state: .warning, detail: detail, hint: hint)
    }
    static func failed(_ name: String, _ detail: String, hint: String) -> Finding {
        Finding(name: name, state: .failed, detail: detail, hint: hint)
    }

    var document: JSONTree {
        .object([
            "name": .string(name), "state": .string(state.rawValue), "detail": .string(detail), "hint": JSONTree(hint),
        ])
    }

    func lines(colors: Bool) -> [String] {
        let label =
            switch state {
            case .ok: Color.green.paint("ok      ", colors)
            case .warning: Color.yellow.paint("warning ", colors)
            case .failed: Color.red.paint("failed  ", colors)
            }
        let padding = String(repeating: " ", count: max(0, 16 - name.count))
        return ["\(label) \(name)\(padding) \(Printable.line(detail))"]
            + (hint.map { ["         \(String(repeating: " ", count: 16)) -> \(Printable.line($0))"] } ?? [])
    }
}
