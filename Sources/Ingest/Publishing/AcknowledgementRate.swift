/// How many deliveries Kafka acknowledges in a tenth of a second, by the best of the last second. Pure.
///
/// As many may wait at one time without anybody waiting longer than about that (Little's law); the best of a second, so that one hiccup of a broker does not
/// look like a slow one.
struct AcknowledgementRate {
    /// Nanoseconds of one window.
    static let window: UInt64 = 100_000_000
    /// So many may always wait: a rate that is not known yet is no reason to send anybody away.
    static let floor = 64
    private static let windows = 10

    /// Counts by window number modulo `windows`.
    private var counts = [Int](repeating: 0, count: windows)
    private var current: UInt64 = 0

    /// One more was acknowledged.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock.
    mutating func count(now: UInt64) {
        turn(to: now / Self.window)
        counts[Int(current % UInt64(Self.windows))] += 1
    }

    /// How many may wait now.
    mutating func allowed(now: UInt64) -> Int {
        turn(to: now / Self.window)
        return max(Self.floor, counts.max() ?? 0)
    }

    private mutating func turn(to number: UInt64) {
        guard number > current else { return }
        let passed = min(number - current, UInt64(Self.windows))
        for step in 0..<passed { counts[Int((number - step) % UInt64(Self.windows))] = 0 }
        current = number
    }
}
