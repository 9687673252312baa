import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT, taken on a queue of their own instead of ending whatever runs.
package enum TerminationSignals {
    /// From now on the first of these signals calls `stop`, and a second one ends the process at once with status 130.
    ///
    /// - Parameter stop: called once, on a thread of its own; gets the signal's number.
    package static func onFirst(_ stop: @escaping @Sendable (Int32) -> Void) {
        // A peer that goes away is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let queue = DispatchQueue(label: "signals")
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                // The first asked for patience; whoever asks twice has none left.
                if isAsked.exchange(true, ordering: .relaxed) { _exit(ProcessEnd.interrupted) }
                Thread { stop(number) }.start()
            }
            source.resume()
            // It must live as long as the process.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
    }

    private static let isAsked = Atomic<Bool>(false)
}
