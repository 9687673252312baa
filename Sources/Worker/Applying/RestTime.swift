/// Tells when a thread that has caught up may give back the memory that catching up took. A pure machine.
///
/// Not when there is nothing to do: behind a backlog there is often something, but little.
struct RestTime {
    private let maxEvents: Int
    private var lastLarge: ContinuousClock.Instant?

    /// How long there must have been no large batch.
    static let after: Duration = .seconds(5)

    /// - Parameter maxEvents: events of a batch at most.
    init(maxEvents: Int) { self.maxEvents = maxEvents }

    /// A batch was applied, or given up.
    mutating func worked(events: Int, now: ContinuousClock.Instant) {
        // Smaller ones leave little behind.
        if events >= max(100, maxEvents / 10) { lastLarge = now }
    }

    /// Whether it is time; once for each time of work.
    mutating func isDue(now: ContinuousClock.Instant) -> Bool {
        guard let last = lastLarge, now - last >= Self.after else { return false }
        lastLarge = nil
        return true
    }
}
