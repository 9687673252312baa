import Glibc
import Synchronization
import Threads

/// SIGTERM and SIGINT, answered on a thread of their own instead of ending whatever runs.
package enum TerminationSignals {
    /// From now on the first of these signals calls `stop`, and a second one ends the process at once with status 130.
    ///
    /// The handler itself only writes a byte into a pipe, which is all that a handler may do (signal-safety(7)); which thread it interrupts does not
    /// matter.
    ///
    /// - Parameter stop: called once, on a thread of its own; gets the signal's number.
    package static func onFirst(_ stop: @escaping @Sendable (Int32) -> Void) {
        // A peer that goes away is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reading = ends[0]
        writingEnd.store(ends[1], ordering: .sequentiallyConsistent)
        for number in [SIGTERM, SIGINT] { signal(number, noteSignal) }
        SystemThread.start("signals") {
            // Whoever started us may have had them blocked, and a mask is inherited: this thread at least takes them.
            var taken = sigset_t()
            sigemptyset(&taken)
            sigaddset(&taken, SIGTERM)
            sigaddset(&taken, SIGINT)
            pthread_sigmask(SIG_UNBLOCK, &taken, nil)
            guard let first = next(reading) else { return }
            SystemThread.start("stop") { stop(first) }
            // The first asked for patience; whoever asks twice has none left.
            guard next(reading) != nil else { return }
            _exit(ProcessEnd.interrupted)
        }
    }

    private static func next(_ descriptor: Int32) -> Int32? {
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count == 1 { return Int32(byte) }
            guard count < 0, errno == EINTR else { return nil }
        }
    }
}

private let writingEnd = Atomic<Int32>(-1)

/// Runs inside a signal handler: no allocation, no lock, and `errno` left as it was.
private func noteSignal(_ number: Int32) {
    let kept = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(writingEnd.load(ordering: .relaxed), &byte, 1)
    errno = kept
}
