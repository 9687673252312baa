import Synchronization

/// What a server has seen since it was made.
package struct HTTPCounters: Sendable, Equatable {
    /// Connections now.
    package var connections = 0
    /// Requests given to the handler.
    package var requests = 0
    /// Connections refused because there were too many, and requests refused because their bodies were too large or all bodies together were.
    package var refusedByLimit = 0
    /// Connections cut because a request took too long to arrive, or its answer to be read.
    package var timedOut = 0
    /// Requests refused because they break HTTP.
    package var malformed = 0
}

/// The same, written by the loop and read by anybody.
final class LiveCounters: Sendable {
    let connections = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let refusedByLimit = Atomic<Int>(0)
    let timedOut = Atomic<Int>(0)
    let malformed = Atomic<Int>(0)

    var snapshot: HTTPCounters {
        HTTPCounters(
            connections: connections.load(ordering: .relaxed), requests: requests.load(ordering: .relaxed),
            refusedByLimit: refusedByLimit.load(ordering: .relaxed), timedOut: timedOut.load(ordering: .relaxed),
            malformed: malformed.load(ordering: .relaxed))
    }
}
