/// Dodo's retries: at once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h after the failure before (FACTS 2.3).
///
/// Three failures and then success take 0 + 5 s + 5 min + 30 min = 35 min 5 s; all eight attempts about 27 h 35 min.
package struct RetryLadder: Sendable, Equatable {
    /// Seconds before each attempt, counted from the failure of the one before.
    package static let dodo: [Double] = [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000]
    package let delays: [Double]
    /// How many times faster than real time it runs.
    package let speed: Double

    package init(speed: Double = 1, delays: [Double] = RetryLadder.dodo) {
        precondition(speed > 0, "a ladder that never moves is none")
        self.speed = speed
        self.delays = delays
    }

    /// The delay before an attempt (0 = the first) in seconds of story time; nil after the last.
    package func delay(before attempt: Int) -> Double? { delays.indices.contains(attempt) ? delays[attempt] : nil }
}

/// The fate of one message on the ladder: a pure machine that says when to try and when to stop. Times are seconds on any clock.
package struct MessageAttempts: Sendable, Equatable {
    package enum Next: Sendable, Equatable {
        case attempt(Int, at: Double)
        /// A 2xx came.
        case delivered
        /// Every attempt failed; the message is marked failed and left alone.
        case failed
    }

    private let ladder: RetryLadder
    private var attempt = 0

    package static func == (left: Self, right: Self) -> Bool { left.ladder == right.ladder && left.attempt == right.attempt }

    package init(_ ladder: RetryLadder) { self.ladder = ladder }

    /// When the first attempt is due.
    package func begin(at now: Double) -> Next { .attempt(0, at: now + (ladder.delay(before: 0) ?? 0) / ladder.speed) }

    /// An attempt ended: any 2xx is success, everything else (nil = no answer in time, or no connection) is failure.
    package mutating func ended(status: Int?, at now: Double) -> Next {
        if let status, (200..<300).contains(status) { return .delivered }
        attempt += 1
        guard let delay = ladder.delay(before: attempt) else { return .failed }
        return .attempt(attempt, at: now + delay / ladder.speed)
    }
}
