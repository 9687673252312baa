/// Deliveries that wait to be handed to Kafka because enough are under way, each for a short time only. A pure machine: it says whose turn it is and who is to be
/// sent away, somebody else does it.
///
/// A burst waits here and gets through, and so does what comes while a broker holds its breath. Only a queue that stands is an overload (as CoDel has it, RFC 8289):
/// once the first one has waited for the whole of `grace`, all are sent away who waited for longer than `patience`, until nobody waits any more. That costs nobody
/// anything but the time: the message was never given to Kafka.
struct AdmissionQueue<Sender> {
    /// Nanoseconds that a delivery waits at most when there is no overload yet, and during one. With the way to Kafka and back, up to 90 ms then, an answer is to take
    /// no longer than 250 ms.
    static var grace: UInt64 { 120_000_000 }
    static var patience: UInt64 { 80_000_000 }
    /// `grace` while nobody knows how far away Kafka is: nothing has come back yet.
    static var graceAtFirst: UInt64 { 1_000_000_000 }

    private var waiting: [(sender: Sender, since: UInt64)] = []
    private var head = 0
    /// Whether somebody waited for all of `grace` since the queue was empty last.
    private(set) var isOverflowing = false

    private let grace: UInt64

    /// - Parameter grace: another time than usual, in nanoseconds.
    init(grace: UInt64 = Self.grace) { self.grace = grace }

    var count: Int { waiting.count - head }

    /// Whether one more may wait. While some are sent away for having waited too long, those who would be are better told at once.
    ///
    /// - Parameter limit: how many may be under way; half as many are enough for none of those places to stay empty.
    func admits(limit: Int) -> Bool { !isOverflowing || count < limit / 2 }

    /// - Parameter now: nanoseconds of a monotonic clock; never falls.
    mutating func enter(_ sender: Sender, now: UInt64) { waiting.append((sender, now)) }

    /// Takes the one whose turn it is.
    mutating func next() -> Sender? {
        guard head < waiting.count else { return nil }
        defer { advance() }
        return waiting[head].sender
    }

    /// Takes the next one who has waited for too long.
    ///
    /// - Parameter way: nanoseconds to Kafka and back when it is not busy; nil when nothing has come back yet. Who waits does so for a few such ways, since what may be
    ///   under way grows with each: to a broker on another continent a burst is not an overload.
    mutating func overdue(now: UInt64, way: UInt64?) -> Sender? {
        guard let deadline = nextDeadline(way: way), deadline <= now else { return nil }
        // Before the queue is perhaps empty, which ends it.
        isOverflowing = true
        return next()
    }

    /// When the first one has waited for too long; nil when nobody waits.
    ///
    /// - Parameter way: as for `overdue`.
    func nextDeadline(way: UInt64?) -> UInt64? {
        guard head < waiting.count else { return nil }
        let longest = if isOverflowing { max(Self.patience, (way ?? 0) * 3 / 2) } else { max(grace, way.map { $0 * 3 } ?? Self.graceAtFirst) }
        return waiting[head].since + longest
    }

    private mutating func advance() {
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
            isOverflowing = false
        } else if head > 1024, head > waiting.count / 2 {
            waiting.removeFirst(head)
            head = 0
        }
    }
}
