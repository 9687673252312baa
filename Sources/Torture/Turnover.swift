import Foundation
import RdKafka
import Surroundings
import Synchronization

/// A member that joins a worker's group, holds some of its lanes for a while without touching them, leaves, and comes again: every time the lanes move there and back.
final class Turnover: Sendable {
    /// How often the group was shared out anew because of it, and how many partitions it was given.
    struct Count: Sendable {
        var rebalances = 0
        var moved = 0
    }

    private let group: String
    private let topics: [String]
    private let properties: KafkaProperties
    private let counted = Shared(Count())
    private let isEnding = Atomic<Bool>(false)

    init(group: String, topics: [String], bootstrapServers: String, sessionSeconds: Double) {
        self.group = group
        self.topics = topics
        properties = [
            "bootstrap.servers": bootstrapServers, "client.id": "nicobar-torture", "session.timeout.ms": "\(Int(sessionSeconds * 1000))",
            "heartbeat.interval.ms": "200", "reconnect.backoff.max.ms": "500", "fetch.wait.max.ms": "50", "queued.min.messages": "1",
        ]
    }

    var count: Count { counted.value }

    /// Not again; the visit under way is ended.
    func end() { isEnding.store(true, ordering: .relaxed) }

    /// Comes and goes until `end`. Blocks its thread.
    ///
    /// - Parameter stay: how long each visit and each absence lasts, in seconds.
    func run(stay: Double) {
        while !isEnding.load(ordering: .relaxed) {
            // Without a broker there is nobody to visit.
            do throws(KafkaError) { try visit(stay) } catch { Thread.sleep(forTimeInterval: 0.2) }
            Thread.sleep(forTimeInterval: stay)
        }
    }

    private func visit(_ stay: Double) throws(KafkaError) {
        var assigned = 0
        let consumer = try Consumer(properties, groupId: group, onRebalance: { [counted] change in
            guard case .assigned(let partitions) = change, !partitions.isEmpty else { return [] }
            assigned += partitions.count
            counted.change { count in
                count.rebalances += 1
                count.moved += partitions.count
            }
            return []
        })
        try consumer.subscribe(topics)
        let clock = ContinuousClock(), patience = clock.now + .seconds(15)
        var end: ContinuousClock.Instant?
        while !isEnding.load(ordering: .relaxed), clock.now < end ?? patience {
            // What it reads it throws away, and it commits nothing.
            _ = consumer.poll(max: 1000, timeout: .milliseconds(50))
            if assigned > 0, end == nil { end = clock.now + .seconds(stay) }
        }
        let held = assigned > 0
        try consumer.close()
        if held { counted.change { $0.rebalances += 1 } }
    }
}
