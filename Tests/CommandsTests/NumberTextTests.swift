import Testing

@testable import Commands

@Suite("Numbers for people")
struct NumberTextTests {
    @Test(
        "bytes",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"), (20 << 20, "20.0 MiB"),
            (5 << 30, "5.00 GiB"), (Int64.max, "8192.0 PiB"),
        ] as [(Int64, String)])
    func bytes(_ count: Int64, _ text: String) {
        #expect(NumberText.bytes(count) == text)
    }

    @Test(
        "durations",
        arguments: [
            (0, "0:00"), (6.6, "0:07"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03"), (.infinity, "-"), (-1, "-"),
        ] as [(Double, String)])
    func durations(_ seconds: Double, _ text: String) {
        #expect(NumberText.duration(seconds) == text)
    }

    @Test(
        "fixed digits",
        arguments: [
            (0, 1, "0.0"), (99.95, 1, "100.0"), (1.005, 0, "1"), (-0.04, 1, "0.0"), (-1.25, 2, "-1.25"),
            (7, 3, "7.000"),
            (.nan, 1, "nan"),
        ] as [(Double, Int, String)])
    func fixed(_ value: Double, _ digits: Int, _ text: String) {
        #expect(NumberText.fixed(value, digits: digits) == text)
    }
}
