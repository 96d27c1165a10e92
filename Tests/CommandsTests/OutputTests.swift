import Catalog
import Synchronization
import Testing

@testable import Commands

/// Collects what is written.
final class Collected: Sendable {
    private let state = Mutex("")
    var text: String { state.withLock { $0 } }
    func add(_ text: String) { state.withLock { $0 += text } }
    func take() -> String {
        state.withLock { text in
            defer { text = "" }
            return text
        }
    }
}

@Suite("What commands print")
struct OutputTests {
    private func output(_ style: OutputStyle) -> (Output, Collected, Collected) {
        let out = Collected()
        let err = Collected()
        let output = Output(
            style: style, width: { 80 },
            writeOutput: {
                out.add($0)
                return true
            },
            writeError: {
                err.add($0)
                return true
            })
        return (output, out, err)
    }

    @Test("a result is text, or a document with sorted keys")
    func result() {
        let (text, out, err) = output(OutputStyle())
        text.result(["b": 1, "a": 2], text: ["one", "two"])
        text.info("note")
        #expect(out.text == "one\ntwo\n")
        #expect(err.text == "note\n")
        let (json, document, _) = output(OutputStyle(isJSON: true))
        json.result(["b": 1, "a": []], text: ["one"])
        #expect(document.text == "{\n  \"a\": [],\n  \"b\": 1\n}\n")
        let (empty, nothing, _) = output(OutputStyle())
        empty.result([:], text: [])
        #expect(nothing.text.isEmpty)
    }

    @Test("-q keeps everything back but errors and what was asked for as such")
    func quiet() {
        let (output, out, err) = output(OutputStyle(isQuiet: true, isVerbose: true))
        output.result([:], text: ["result"])
        output.info("info")
        output.warning("warning")
        output.detail("detail")
        output.phase(node: "n1", "phase")
        #expect(out.text.isEmpty && err.text.isEmpty)
        output.raw("schema")
        output.always("error: x")
        #expect(out.text == "schema")
        #expect(err.text == "error: x\n")
    }

    @Test("what others wrote cannot move the cursor")
    func controlCharacters() {
        let (output, _, err) = output(OutputStyle())
        output.warning("\u{1B}[2Jname\r\u{7}")
        #expect(err.text == "warning: ?[2Jname??\n")
        var table = TextTable("name", "size")
        table.add(["a\tb\u{1B}", "1"])
        #expect(table.lines == ["NAME  SIZE", "a?b?  1"])
    }

    @Test("not on a terminal there is a line per phase and none for progress")
    func plainPhases() {
        let (output, _, err) = output(OutputStyle())
        output.phase(node: "n1", "copying")
        output.progress(node: "n1", percent: 50, done: 1, total: 2)
        output.phase(node: "n1", "copying")
        output.phase(node: nil, "ready")
        output.endProgress()
        #expect(err.text == "n1: copying\nready\n")
        #expect(output.phase(of: "n1") == nil)
    }

    @Test("on a terminal each node has a line that is drawn over")
    func bars() {
        let written = Collected()
        let view = ProgressView(isMoving: true, isQuiet: false, width: { 60 }) { written.add($0) }
        view.phase(node: "n1", "copying", now: 0)
        #expect(written.take() == "\rn1 copying  0:00\u{1B}[K")
        view.phase(node: "n2", "copying", now: 0)
        #expect(written.take() == "\rn1 copying  0:00\u{1B}[K\n\rn2 copying  0:00\u{1B}[K")
        view.progress(node: "n1", percent: 50, done: nil, total: nil, now: 1)
        #expect(
            written.take()
                == "\u{1B}[1A\rn1 copying  [###############---------------]   50.0%\u{1B}[K\n\rn2 copying  0:01\u{1B}[K"
        )
        view.progress(node: "n1", percent: 51, done: nil, total: nil, now: 1.05)
        #expect(written.take().isEmpty)
        view.above("a line\n")
        #expect(written.take().hasPrefix("\u{1B}[1A\r\u{1B}[Ja line\n\rn1 copying  ["))
        #expect(view.phases == ["n1: copying", "n2: copying"])
        view.finish()
        #expect(written.take().hasSuffix("\n"))
        view.clear()
        #expect(written.take().isEmpty)
    }

    @Test("a line tells bytes, rate and time left, and gives up what does not fit")
    func line() {
        var line = ProgressLine(node: "n1", phase: "copying", started: 0)
        line.update(percent: nil, done: 0, total: 100 << 20, now: 0)
        line.update(percent: nil, done: 25 << 20, total: 100 << 20, now: 5)
        #expect(line.rate == Double(5 << 20))
        #expect(line.secondsLeft == 15)
        #expect(
            line.text(width: 100, now: 5)
                == "n1 copying  [#######-----------------------]   25.0%  25.0 MiB/100.0 MiB  5.00 MiB/s  0:15 left")
        #expect(line.text(width: 60, now: 5) == "n1 copying  [###------------]   25.0%  5.00 MiB/s  0:15 left")
        #expect(line.text(width: 26, now: 5) == "n1 copying   25.0%")
        for width in 0...120 { #expect(line.text(width: width, now: 5).count <= width) }
        line.update(percent: 250, done: nil, total: nil, now: 6)
        #expect(line.percent == 100)
    }

    @Test("columns are as wide as their widest cell")
    func table() {
        var table = TextTable([("name", .left), ("size", .right), ("note", .left)])
        #expect(table.lines.isEmpty)
        table.add(["a", "1", ""])
        table.add(["longer", "1000", "é"])
        #expect(table.lines == ["NAME    SIZE  NOTE", "a          1", "longer  1000  é"])
    }

    @Test("flags win over the environment, and that over config.json")
    func precedence() {
        let terminal = Terminal(inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true)
        func style(
            _ flags: (json: Bool, noColor: Bool) = (false, false), _ values: [String: String] = [:],
            color: Bool? = nil
        ) -> OutputStyle {
            OutputStyle(
                json: flags.json, quiet: false, verbose: false, noColor: flags.noColor,
                environment: Environment(values), defaults: HostConfiguration.Defaults(color: color),
                terminal: terminal)
        }
        #expect(style().colorsOutput && style().showsBars && !style().isJSON)
        #expect(!style((false, true)).colorsOutput)
        #expect(!style((false, false), ["NO_COLOR": "1"]).colorsError)
        #expect(style((false, false), ["NO_COLOR": ""]).colorsError)
        #expect(!style((false, false), [:], color: false).colorsOutput)
        #expect(style((false, false), ["PGSTANZA_NO_COLOR": "0"], color: false).colorsOutput)
        #expect(style((true, false), ["PGSTANZA_JSON": "0"]).isJSON)
        #expect(style((false, false), ["PGSTANZA_JSON": "true"]).isJSON)
        #expect(!style((false, false), ["TERM": "dumb"]).showsBars)
    }
}
