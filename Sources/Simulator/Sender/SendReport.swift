/// What came of sending: how many, how fast, and how each attempt was answered.
package struct SendReport: Sendable {
    /// HTTP attempts made, retries included.
    package internal(set) var attempts = 0
    /// Attempts answered 2xx.
    package internal(set) var accepted = 0
    /// Attempts by HTTP status, 2xx included.
    package internal(set) var statuses: [Int: Int] = [:]
    /// Attempts that found no connection, or lost it before the answer.
    package internal(set) var unreachable = 0
    /// Attempts without an answer in time.
    package internal(set) var timedOut = 0
    /// Attempts whose answer was no HTTP.
    package internal(set) var malformed = 0
    package internal(set) var retries = 0
    /// Messages that failed on every attempt of the ladder.
    package internal(set) var givenUp = 0
    package internal(set) var bodyBytes = 0
    package internal(set) var seconds = 0.0
    /// From the intended sending time (which in a closed loop is the sending time) to the whole answer.
    package internal(set) var latency = LatencyHistogram()
    /// Of those answered 2xx alone, from the first byte that was sent to the whole answer: what a sender that was let in has waited.
    package internal(set) var acceptedLatency = LatencyHistogram()

    package init() {}

    /// Attempts a second.
    package var rate: Double { seconds > 0 ? Double(attempts) / seconds : 0 }
    /// Attempts that were answered with anything but 2xx.
    package var refused: [Int: Int] { statuses.filter { !(200..<300).contains($0.key) } }
    /// Whether every attempt was accepted, or at last was.
    package var everythingArrived: Bool { givenUp == 0 && accepted + retries == attempts }
}
