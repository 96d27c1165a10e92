import Dispatch
import Glibc

/// SIGINT, SIGTERM and SIGHUP as events.
///
/// They come through handlers and a pipe, and are not ignored: an ignored signal stays ignored in every program that
/// is started, a handled one does not.
final class Signals {
    private let source: any DispatchSourceRead

    /// Calls `onSignal` on a queue of its own for every signal that comes from now on.
    init(onSignal: @escaping @Sendable (Int32) -> Void) {
        var ends: [Int32] = [-1, -1]
        let made = pipe(&ends)
        precondition(made == 0, "a pipe can be made at the start of the program")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        signalPipe = ends[1]
        let reading = ends[0]
        source = DispatchSource.makeReadSource(
            fileDescriptor: reading, queue: DispatchQueue(label: "pgstanza.signals"))
        source.setEventHandler {
            var byte: UInt8 = 0
            while read(reading, &byte, 1) == 1 { onSignal(Int32(byte)) }
        }
        source.activate()
        // Whoever started us may have had them blocked.
        var ours = sigset_t()
        sigemptyset(&ours)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&ours, number) }
        pthread_sigmask(SIG_UNBLOCK, &ours, nil)
        // Even where a script's `&` has it ignored: `pgstanza task cancel` sends it.
        signal(SIGINT, handleSignal)
        signal(SIGTERM, handleSignal)
        // nohup has it ignored, and means it.
        let before = unsafeBitCast(signal(SIGHUP, handleSignal), to: Int.self)
        if before == unsafeBitCast(SIG_IGN, to: Int.self) { signal(SIGHUP, SIG_IGN) }
    }
}

/// The pipe's end that the handler writes to. Written once before any handler is set; a handler may use nothing else.
nonisolated(unsafe) private var signalPipe: Int32 = -1

private func handleSignal(_ number: Int32) {
    let before = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalPipe, &byte, 1)
    errno = before
}
