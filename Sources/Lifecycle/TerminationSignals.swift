import Foundation

/// SIGTERM and SIGINT, taken on a thread of their own instead of interrupting whatever runs.
package enum TerminationSignals {
    /// From now on the first of these signals calls `stop`, and a second one ends the process at once with status 130.
    ///
    /// Call it first thing in a program, on its first thread: threads made later inherit that the signals are blocked.
    ///
    /// - Parameter stop: called once, on the signals' thread; gets the signal's number.
    package static func onFirst(_ stop: @escaping @Sendable (Int32) -> Void) {
        // A peer that goes away is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        let thread = Thread {
            var waited = waited, number: Int32 = 0
            guard sigwait(&waited, &number) == 0 else { return }
            let first = number
            Thread { stop(first) }.start()
            // The first was asked for patience; whoever asks twice has none left.
            guard sigwait(&waited, &number) == 0 else { return }
            _exit(ProcessEnd.interrupted)
        }
        thread.name = "signals"
        thread.start()
    }
}
