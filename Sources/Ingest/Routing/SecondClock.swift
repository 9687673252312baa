import Events
import Glibc

/// The wall clock, and its text for `received-at`: the part up to the second is made once a second. Belongs to one thread.
struct SecondClock {
    private var second: Int64 = .min
    private var text: [UInt8] = []
    /// Seconds since 1970 at the last `update`.
    private(set) var seconds: Int64 = 0

    init() { update() }

    /// Reads the clock.
    mutating func update() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        seconds = Int64(now.tv_sec)
        if second != seconds {
            second = seconds
            text = Array(Timestamp(seconds: seconds).description.utf8)
        }
        // 2026-11-24T10:00:00.123456Z: six digits stand before the last character.
        var fraction = now.tv_nsec / 1000
        var place = text.count - 2
        for _ in 0..<6 {
            text[place] = UInt8(ascii: "0") + UInt8(fraction % 10)
            fraction /= 10
            place -= 1
        }
    }

    /// Lends the text of the last `update`, RFC 3339 with microseconds.
    func withText<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value { text.withUnsafeBytes(body) }
}
