import Glibc

/// Readings of the system's clocks.
enum Clock {
    /// Nanoseconds on a clock that never jumps.
    static func nanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }
    /// Whole seconds since 1970.
    static func wallSeconds() -> Int64 { read(CLOCK_REALTIME) / 1_000_000_000 }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
