import Foundation

/// Readings of two clocks: one that never jumps, and the one that PostgreSQL stamps its commits with.
enum Stopwatch {
    /// Seconds on a clock that never jumps.
    static var seconds: Double { read(CLOCK_MONOTONIC) }
    /// Seconds since 1970.
    static var wallSeconds: Double { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
