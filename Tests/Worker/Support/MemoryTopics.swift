import Foundation
import RdKafka
import Synchronization
import Worker

/// Topics and offsets in memory: as much of Kafka as the seam `EventSource` shows.
final class MemoryTopics: Sendable {
    struct State {
        var log: [TopicPartition: [Record]] = [:]
        var offsets: [TopicPartition: Int64] = [:]
        var commits: [[PartitionOffset]] = []
        /// What the next polls tell before they give anything.
        var script: [Consumer.Rebalance] = []
        var isWoken = false
    }
    let partitions: [TopicPartition]
    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    init(_ partitions: [TopicPartition]) { self.partitions = partitions }

    /// Adds records at the ends of their partitions; their offsets must be the next ones.
    func append(_ records: [WrittenRecord]) {
        state.withLock { state in
            for record in records.map(\.record) {
                precondition(record.offset == Int64(state.log[record.topicPartition]?.count ?? 0), "offsets have no gaps")
                state.log[record.topicPartition, default: []].append(record)
            }
        }
        signal.signal()
    }

    func tell(_ change: Consumer.Rebalance) {
        state.withLock { $0.script.append(change) }
        signal.signal()
    }

    func wake() {
        state.withLock { $0.isWoken = true }
        signal.signal()
    }

    func wait(_ timeout: Duration) { _ = signal.wait(timeout: .now() + timeout / .seconds(1)) }

    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    /// What the group has committed.
    var committed: [TopicPartition: Int64] { state.withLock { $0.offsets } }
    var commits: [[PartitionOffset]] { state.withLock { $0.commits } }
}

/// One member of the only group that reads memory topics.
final class MemorySource: EventSource {
    private let topics: MemoryTopics
    private let onRebalance: (Consumer.Rebalance) -> Void
    private var positions: [TopicPartition: Int64] = [:]
    private var paused: Set<TopicPartition> = []
    private var isClosed = false
    let wake: @Sendable () -> Void

    init(_ topics: MemoryTopics, onRebalance: @escaping (Consumer.Rebalance) -> Void) {
        self.topics = topics
        self.onRebalance = onRebalance
        wake = { [topics] in topics.wake() }
        topics.tell(.assigned(topics.partitions))
    }

    func poll(max: Int, timeout: Duration, _ take: (Record) -> Void) -> [SourceTrouble] {
        if give(max, take) == 0 {
            topics.wait(timeout)
            give(max, take)
        }
        return []
    }

    @discardableResult
    private func give(_ max: Int, _ take: (Record) -> Void) -> Int {
        let changes = topics.with { state in
            defer { state.script = [] }
            return state.script
        }
        for change in changes { apply(change) }
        var found: [Record] = []
        topics.with { state in
            for (partition, position) in positions.sorted(by: { $0.key.description < $1.key.description }) where !paused.contains(partition) {
                let log = state.log[partition] ?? []
                let records = log.dropFirst(Int(position)).prefix(max - found.count)
                positions[partition] = position + Int64(records.count)
                found += records
            }
        }
        for record in found { take(record) }
        return found.count + changes.count
    }

    private func apply(_ change: Consumer.Rebalance) {
        onRebalance(change)
        switch change {
        case .assigned(let partitions):
            paused = []
            topics.with { state in positions = Dictionary(uniqueKeysWithValues: partitions.map { ($0, state.offsets[$0] ?? 0) }) }
        case .revoked(let partitions), .lost(let partitions):
            for partition in partitions { positions[partition] = nil }
        }
    }

    func pause(_ partitions: [TopicPartition]) { paused.formUnion(partitions) }
    func resume(_ partitions: [TopicPartition]) { paused.subtract(partitions) }

    func commit(_ offsets: [PartitionOffset], waiting: Bool) throws(KafkaError) {
        topics.with { state in
            state.commits.append(offsets)
            for offset in offsets { state.offsets[offset.topicPartition] = offset.offset }
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        apply(.revoked(Array(positions.keys)))
    }
}
