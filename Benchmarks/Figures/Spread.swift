/// Where the rounds of one figure lie: what a single number would hide.
package struct Spread: Sendable, Equatable {
    package let median: Double
    package let least: Double
    package let most: Double

    /// - Parameter rounds: one value a round; of none at all everything is 0.
    package init(_ rounds: [Double]) {
        let sorted = rounds.sorted()
        least = sorted.first ?? 0
        most = sorted.last ?? 0
        let middle = sorted.count / 2
        median = sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Whether a value of the one could have been a value of the other.
    package func overlaps(_ other: Spread) -> Bool { least <= other.most && other.least <= most }
}
