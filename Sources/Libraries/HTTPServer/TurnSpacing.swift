/// How far apart the loop's turns are kept while many requests wait for their answers, so that those which come meanwhile share one wake-up, as network cards
/// moderate their interrupts. A pure machine.
///
/// A wake-up, and all that it sets off on the way to the broker and back, costs more than most of what a request is itself. The more requests there are, the
/// sooner enough have come together: what is kept constant is their number, and the time only bounded.
struct TurnSpacing {
    /// So many requests a turn are waited for.
    static let wanted = 8.0
    /// Below so many that wait for their answers it is a trickle, for which nothing is gained.
    static let fromWaiting = 6
    /// From so many on answers too come by the dozen, and are worth waiting for.
    static let manyWaiting = 16
    /// Nanoseconds over which requests are counted.
    private static let window: UInt64 = 10_000_000

    private let longest: Double
    private var perNanosecond = 0.0
    private var requests = 0
    private var since: UInt64

    /// - Parameters:
    ///   - longest: nanoseconds; 0 for no spacing.
    ///   - now: nanoseconds of a monotonic clock.
    init(longest: UInt64, now: UInt64) {
        self.longest = Double(longest)
        since = now
    }

    /// A request has begun.
    mutating func began() { requests += 1 }

    /// Nanoseconds between the beginning of this turn, which is now, and that of the next.
    ///
    /// - Parameters:
    ///   - waiting: requests that wait for their answers.
    ///   - connections: how many are open, those of the waiting among them.
    mutating func untilNext(waiting: Int, connections: Int, now: UInt64) -> UInt64 {
        guard longest > 0 else { return 0 }
        let time = now &- since
        if time >= Self.window {
            let found = Double(requests) / Double(time)
            // After a pause only what came since says anything.
            perNanosecond = time > 10 * Self.window ? found : (perNanosecond + found) / 2
            requests = 0
            since = now
        }
        guard waiting >= Self.fromWaiting, perNanosecond > 0 else { return 0 }
        // A few clients who send nothing before they are answered would wait for each other: there must be as many who can send as there are who wait.
        guard waiting >= Self.manyWaiting || connections >= 2 * waiting else { return 0 }
        return UInt64(min(longest, Self.wanted / perNanosecond))
    }
}
