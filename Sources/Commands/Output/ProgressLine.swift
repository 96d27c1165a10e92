/// One node's line: `n1 restoring files  [#########---------]  47.2%  1.20 GiB/2.54 GiB  105.3 MiB/s  0:13 left`.
struct ProgressLine: Sendable {
    let node: String?
    let phase: String
    /// When the phase began, in seconds of the view's clock.
    let started: Double
    private(set) var percent: Double?
    private(set) var done: Int64?
    private(set) var total: Int64?
    /// Where the measuring of the rate began: a resumed job does not start from nothing.
    private var first: (percent: Double, done: Int64, at: Double)?
    private var last: Double

    init(node: String?, phase: String, started: Double) {
        self.node = node
        self.phase = phase
        self.started = started
        last = started
    }

    mutating func update(percent: Double?, done: Int64?, total: Int64?, now: Double) {
        var percent = percent
        if percent == nil, let done, let total, total > 0 { percent = Double(done) / Double(total) * 100 }
        self.percent = percent.map { min(100, max(0, $0)) }
        self.done = done
        self.total = total
        if first == nil { first = (self.percent ?? 0, done ?? 0, now) }
        last = now
    }

    /// Bytes per second since the first report; nil until there is something to go by.
    var rate: Double? {
        guard let first, let done, last - first.at >= 0.5, done > first.done else { return nil }
        return Double(done - first.done) / (last - first.at)
    }

    /// Seconds to go at the pace so far.
    var secondsLeft: Double? {
        guard let first, let percent, last - first.at >= 0.5, percent > first.percent, percent < 100 else { return nil }
        return (100 - percent) * (last - first.at) / (percent - first.percent)
    }

    /// The line in at most `width` columns; what is least needed goes first when it is narrow.
    func text(width: Int, now: Double) -> String {
        let head = [node, phase.isEmpty ? nil : phase].compactMap { $0 }.joined(separator: " ")
        guard let percent else { return clip("\(head)  \(NumberText.duration(now - started))", width) }
        let number = pad(NumberText.fixed(percent, digits: 1) + "%", 6)
        var tail: [String] = []
        if let done { tail.append(NumberText.bytes(done) + (total.map { "/" + NumberText.bytes($0) } ?? "")) }
        if let rate { tail.append(NumberText.bytes(Int64(rate)) + "/s") }
        if let secondsLeft { tail.append(NumberText.duration(secondsLeft) + " left") }
        while true {
            let rest = ([number] + tail).joined(separator: "  ")
            let room = width - head.count - rest.count - 6
            if room >= 10 { return clip("\(head)  [\(bar(percent, min(room, 30)))]  \(rest)", width) }
            if tail.isEmpty { return clip("\(head)  \(number)", width) }
            tail.removeFirst()
        }
    }

    private func bar(_ percent: Double, _ length: Int) -> String {
        let full = Int((percent / 100 * Double(length)).rounded(.down))
        return String(repeating: "#", count: full) + String(repeating: "-", count: length - full)
    }

    private func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private func clip(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : String(text.prefix(width))
    }
}
