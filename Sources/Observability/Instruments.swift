import Synchronization

/// A count of things that have happened. Safe from any thread; adding is one atomic instruction.
package final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    package func add(_ amount: Int = 1) { count.wrappingAdd(UInt64(amount), ordering: .relaxed) }

    /// Takes over a total that is counted elsewhere; a lower one than before is ignored.
    package func raise(to total: Int) { count.max(UInt64(max(0, total)), ordering: .relaxed) }

    package var value: UInt64 { count.load(ordering: .relaxed) }
}

/// How much of something there is now. Safe from any thread.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    package func set(_ value: Int) { set(Double(value)) }

    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How values are spread over buckets. Safe from any thread.
package final class Histogram: Sendable {
    private struct State { var counts: [UInt64]; var sum = 0.0 }
    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        precondition(bounds == bounds.sorted(), "the bounds of a histogram rise")
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    package func observe(_ value: Double) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    /// How many values there were.
    package var count: UInt64 { state.withLock { $0.counts.reduce(0, +) } }

    func render(_ name: String, _ labels: String, _ text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let before = labels.isEmpty ? "{" : String(labels.dropLast()) + ","
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            text += "\(name)_bucket\(before)le=\"\(number(bound))\"} \(total)\n"
        }
        text += "\(name)_sum\(labels) \(number(sum))\n\(name)_count\(labels) \(total)\n"
    }
}
