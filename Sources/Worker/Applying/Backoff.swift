/// How long to wait before the same thing is tried again: twice as long each time, with chance in it, so that many who failed together do not come back
/// together. Pure.
package struct Backoff: Sendable {
    package let first: Double
    package let most: Double
    private var failures = 0

    /// - Parameters:
    ///   - first: seconds, about, before the second try.
    ///   - most: seconds at most.
    package init(first: Double = 0.05, most: Double = 10) {
        self.first = first
        self.most = most
    }

    /// Seconds to wait after one more failure: from half to the whole of what doubling gives.
    package mutating func next(_ random: inout some RandomNumberGenerator) -> Double {
        let full = min(most, first * Double(1 << min(failures, 30)))
        failures += 1
        return full * Double.random(in: 0.5...1, using: &random)
    }

    /// It worked.
    package mutating func reset() { failures = 0 }

    package var attempts: Int { failures }
}
