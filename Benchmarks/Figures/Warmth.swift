/// Whether a broker has come to its usual pace: one that has just made its topics is slow for tens of thousands of messages. A pure machine.
package struct Warmth: Sendable {
    /// How near to the best the last rates must be, and how many of them.
    private let share: Double
    private let inARow: Int
    private let mostSlabs: Int
    private var best = 0.0
    private var near = 0
    package private(set) var slabs = 0

    package init(share: Double = 0.85, inARow: Int = 3, mostSlabs: Int = 12) {
        self.share = share
        self.inARow = inARow
        self.mostSlabs = mostSlabs
    }

    /// Takes the rate of one more slab of messages.
    package mutating func note(rate: Double) {
        slabs += 1
        // A new best by a wide margin says that the old pace was a cold one.
        if best < rate * share { near = 0 }
        best = max(best, rate)
        near = rate >= best * share ? near + 1 : 0
    }

    /// Whether so many slabs in a row were as fast as any.
    package var isSteady: Bool { near >= inARow }
    /// Whether to go on measuring, steady or not.
    package var isEnough: Bool { isSteady || slabs >= mostSlabs }
}
