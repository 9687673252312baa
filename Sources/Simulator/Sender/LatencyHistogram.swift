/// Counts of durations in buckets whose width grows with the value: 128 steps for each doubling, so a percentile is right to within 0.8 %.
package struct LatencyHistogram: Sendable {
    private var counts = [UInt64](repeating: 0, count: 128 * 40)
    package private(set) var count: UInt64 = 0
    package private(set) var maximumNanoseconds: Int64 = 0
    private var sum: Double = 0

    package init() {}

    package mutating func record(nanoseconds: Int64) {
        let value = UInt64(max(0, nanoseconds))
        counts[min(Self.bucket(value), counts.count - 1)] += 1
        count += 1
        sum += Double(value)
        maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
    }

    /// The duration in milliseconds that a share (0 to 1) of all the recorded ones does not exceed; 0 when there are none.
    package func milliseconds(percentile share: Double) -> Double {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((Double(count) * share).rounded(.up)))
        var seen: UInt64 = 0
        for (index, amount) in counts.enumerated() {
            seen += amount
            if seen >= rank { return Double(min(Self.upperBound(index), UInt64(maximumNanoseconds))) / 1e6 }
        }
        return maximumMilliseconds
    }

    package var maximumMilliseconds: Double { Double(maximumNanoseconds) / 1e6 }
    package var meanMilliseconds: Double { count == 0 ? 0 : sum / Double(count) / 1e6 }

    private static func bucket(_ value: UInt64) -> Int {
        guard value >= 256 else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - 7
        return shift * 128 + Int(value >> UInt64(shift))
    }

    private static func upperBound(_ bucket: Int) -> UInt64 {
        guard bucket >= 256 else { return UInt64(bucket) }
        let shift = bucket / 128 - 1
        return (UInt64(bucket - shift * 128) + 1) << UInt64(shift) - 1
    }
}
