import Simulator
import Testing

@testable import Worker

/// The records of a lane beside a plain list of them.
@Suite struct WaitingRecordsTests {
    /// One topic's records in a list, and the next one found by looking at all.
    private struct Plain {
        var queues: [String: [Record]] = [:]

        mutating func take(max: Int, maxBytes: Int) -> [Record] {
            var taken: [Record] = [], size = 0
            while taken.count < max {
                let heads = queues.compactMap { topic, list in list.first.map { (topic, $0) } }
                guard let (topic, first) = heads.min(by: { $0.1.timestampMilliseconds < $1.1.timestampMilliseconds }) else { break }
                size += first.body.count
                if size > maxBytes, !taken.isEmpty { break }
                taken.append(first)
                queues[topic]?.removeFirst()
            }
            return taken
        }
    }

    @Test func `what comes out is what a plain list gives, whatever comes and goes`() {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix64(seed: seed), waiting = WaitingRecords(), plain = Plain(), time: Int64 = 0, most = 0
        func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &dice) }
        for round in 0..<4000 {
            for _ in 0..<below(9) {
                time += Int64(2 + 2 * below(5))
                // A topic's own times may go back, for its order counts; odd ones, so that no two are equal.
                let late = below(100) < 10 ? time - 80_001 : time
                let written = WrittenRecord(time, body: String(repeating: "x", count: below(40)))
                let record = written.with { $0.topic = "t\(below(6))"; $0.timestampMilliseconds = late }.record
                waiting.append(record)
                plain.queues[record.topic, default: []].append(record)
            }
            most = max(most, waiting.count)
            let max = below(round % 500 < 20 ? 100 : 9), maxBytes = below(100) < 20 ? below(100) : .max
            let taken = waiting.take(max: max, maxBytes: maxBytes), expected = plain.take(max: max, maxBytes: maxBytes)
            guard taken.map(\.offset) == expected.map(\.offset) else {
                Issue.record("round \(round) of seed \(seed): \(taken.map(\.offset)) for \(expected.map(\.offset))")
                return
            }
            let left = plain.queues.values.joined()
            #expect(waiting.count == left.count && waiting.bytes == left.reduce(0) { $0 + $1.body.count }, "round \(round) of seed \(seed)")
            #expect(waiting.oldestMilliseconds == plain.queues.values.compactMap { $0.first?.timestampMilliseconds }.min(), "round \(round) of seed \(seed)")
        }
        #expect(waiting.placeCount == most, "seed \(seed)")
    }

    @Test func `topics that were busy one after the other share their memory`() {
        var waiting = WaitingRecords()
        for topic in 0..<40 {
            for offset in Int64(0)..<100 { waiting.append(WrittenRecord(offset).with { $0.topic = "t\(topic)" }.record) }
            #expect(waiting.take(max: 100, maxBytes: .max).count == 100)
        }
        #expect(waiting.placeCount == 100)
    }
}
