import Synchronization

/// What a server has seen since it was made.
package struct HTTPCounters: Sendable, Equatable {
    /// Connections now.
    package var connections: Int
    /// Requests given to the handler.
    package var requests: Int
    /// Connections refused because there were too many, and requests refused because their bodies were too large or all bodies together were.
    package var refusedByLimit: Int
    /// Connections cut because a request took too long to arrive, or its answer to be read.
    package var timedOut: Int
    /// Requests refused because they break HTTP.
    package var malformed: Int

    package init(connections: Int = 0, requests: Int = 0, refusedByLimit: Int = 0, timedOut: Int = 0, malformed: Int = 0) {
        self.connections = connections
        self.requests = requests
        self.refusedByLimit = refusedByLimit
        self.timedOut = timedOut
        self.malformed = malformed
    }
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
