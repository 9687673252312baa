/// Deliveries that wait to be handed to Kafka because enough are under way, each for a short time only. A pure machine: it says whose turn it is and who is to be
/// sent away, somebody else does it.
///
/// A burst waits here and gets through. Who cannot be handed over soon is sent away while that still costs nobody anything: the message was never given to Kafka.
struct AdmissionQueue<Sender> {
    /// Nanoseconds that a delivery waits at most.
    static var patience: UInt64 { 80_000_000 }

    private var waiting: [(sender: Sender, since: UInt64)] = []
    private var head = 0
    /// Whether somebody had to be sent away since the queue was empty last.
    private(set) var isOverflowing = false

    init() {}

    var count: Int { waiting.count - head }

    /// Whether one more may wait. While some are sent away for having waited too long, those who would be are better told at once.
    ///
    /// - Parameter limit: how many are handed over in about the time that one waits.
    func admits(limit: Int) -> Bool { !isOverflowing || count < limit }

    /// - Parameter now: nanoseconds of a monotonic clock; never falls.
    mutating func enter(_ sender: Sender, now: UInt64) { waiting.append((sender, now)) }

    /// Takes the one whose turn it is.
    mutating func next() -> Sender? {
        guard head < waiting.count else { return nil }
        defer { advance() }
        return waiting[head].sender
    }

    /// Takes the next one who has waited for too long.
    mutating func overdue(now: UInt64) -> Sender? {
        guard let deadline = nextDeadline, deadline <= now else { return nil }
        // Before the queue is perhaps empty, which ends it.
        isOverflowing = true
        return next()
    }

    /// When the first one has waited for too long; nil when nobody waits.
    var nextDeadline: UInt64? { head < waiting.count ? waiting[head].since + Self.patience : nil }

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
