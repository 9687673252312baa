/// How many messages may be under way to Kafka at one time: as many as come back soon. Pure.
///
/// Grows as TCP's slow start does, and gives way by Little's law: when messages come late, only so many may be under way as were acknowledged in the time that one
/// should take. Nothing is lost on the way to a broker that is too slow; what is handed over beyond this waits in a queue that nobody can send away any more.
struct ConcurrencyLimit {
    /// So many are always tried: without any nothing would be learnt.
    static let least = 32
    static let most = 8192
    /// Nanoseconds between two looks at what came.
    private static let interval: UInt64 = 100_000_000
    /// Nanoseconds within which an acknowledgement asks for more; that one should take when it has to wait; after which it asks for less.
    static let soon: UInt64 = 30_000_000, fair: UInt64 = 40_000_000, late: UInt64 = 60_000_000

    private(set) var current = least
    /// The shortest way seen lately: a broker that is far away is not slow.
    private var shortest = UInt64.max
    /// Nanoseconds to Kafka and back when it is not busy, as far as is known; nil before the first acknowledgement.
    var way: UInt64? { shortest == .max ? nil : shortest }
    private var nextLengthening: UInt64 = 0
    /// What was seen since the last look.
    private var acknowledged = 0, isLate = false
    private var lookedAt: UInt64 = 0

    init() {}

    /// An acknowledgement came.
    ///
    /// - Parameters:
    ///   - flight: nanoseconds since the message was handed over.
    ///   - inFlight: how many were under way, this one among them. Only those who use what they have are given more.
    ///   - now: nanoseconds of a monotonic clock; never falls.
    mutating func acknowledged(after flight: UInt64, inFlight: Int, now: UInt64) {
        if now >= nextLengthening, shortest != .max {
            // Forgotten at a hundredth a second, so that a way that became longer is found out in the end.
            shortest += shortest / 100
            nextLengthening = now + 1_000_000_000
        }
        shortest = min(shortest, flight)
        acknowledged += 1
        if flight <= max(Self.soon, shortest + shortest / 2) {
            if inFlight * 2 >= current { current = min(current + 1, Self.most) }
        } else if flight > max(Self.late, shortest * 2) {
            isLate = true
        }
        look(now)
    }

    /// A message was given up.
    mutating func failed(now: UInt64) {
        isLate = true
        look(now)
    }

    /// Gives way if something came late; by what came in a tenth of a second, so that many that come late together are one reason.
    private mutating func look(_ now: UInt64) {
        let way = way ?? 0, passed = now - lookedAt
        guard passed >= max(Self.interval, way) else { return }
        if isLate {
            let sustained = Double(acknowledged) / Double(passed) * Double(max(Self.fair, way + way / 2))
            current = max(Self.least, min(current, Int(sustained)))
        }
        (acknowledged, isLate, lookedAt) = (0, false, now)
    }
}
