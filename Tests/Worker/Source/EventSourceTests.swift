import RdKafka
import Surroundings
import Synchronization
import TestKit
import Testing
import Worker

/// What every `EventSource` promises; one suite over the memory version that other tests use and over Kafka.
@Suite(.timeLimit(.minutes(2))) struct EventSourceTests {
    enum Version: CaseIterable { case memory, kafka }

    /// A place with two empty partitions, and a group that nobody else is in.
    struct Place: Sendable {
        let partitions: [TopicPartition]
        let append: @Sendable (_ partition: Int32, _ ids: [String]) async throws -> Void
        let join: @Sendable (_ onRebalance: @escaping (Consumer.Rebalance) -> Void) throws(KafkaError) -> any EventSource
    }

    static func place(_ version: Version) async throws -> Place {
        let topic = uniqueName("contract")
        let partitions = [TopicPartition(topic: topic, partition: 0), TopicPartition(topic: topic, partition: 1)]
        switch version {
        case .memory:
            let topics = MemoryTopics(partitions)
            return Place(
                partitions: partitions,
                append: { partition, ids in
                    let end = topics.with { $0.log[partitions[Int(partition)]]?.count ?? 0 }
                    topics.append(ids.enumerated().map { index, id in
                        WrittenRecord(Int64(end + index), id: id).with { $0.topic = topic; $0.partition = partition }
                    })
                },
                join: { (onRebalance) throws(KafkaError) in MemorySource(topics, onRebalance: onRebalance) })
        case .kafka:
            let broker = try await TestBroker.shared(), group = uniqueName("contract-group") + "-\(UInt32.random(in: 0 ... .max))"
            try await broker.createTopics([topic], partitions: 2)
            let servers = broker.bootstrapServers
            return Place(
                partitions: partitions,
                append: { partition, ids in
                    let producer = try Producer(["bootstrap.servers": servers, "acks": "all"])
                    for id in ids {
                        _ = try await producer.produce(topic: topic, partition: partition, key: Array("k".utf8), value: Array("good".utf8), headers: [("ce_id", Array(id.utf8))])
                    }
                    producer.close()
                },
                join: { (onRebalance) throws(KafkaError) in
                    try KafkaSource(
                        ["bootstrap.servers": servers, "session.timeout.ms": "10000"], groupId: group, instanceId: nil, topics: [topic], log: { _ in },
                        onRebalance: onRebalance)
                })
        }
    }

    /// What one member has been told and given.
    final class Member {
        let source: any EventSource
        private let told: Told
        private final class Told { var changes: [Consumer.Rebalance] = [] }

        init(_ place: Place) throws {
            let told = Told()
            self.told = told
            source = try place.join { told.changes.append($0) }
        }

        var changes: [Consumer.Rebalance] { told.changes }
        private(set) var ids: [Int32: [String]] = [:]
        private(set) var offsets: [TopicPartition: Int64] = [:]
        /// Whose memory the records are views into.
        private(set) var owners: [Int32: Set<ObjectIdentifier>] = [:]
        /// So that no owner's address is used again.
        private var records: [Record] = []

        /// Polls until so many records have come, or for a time.
        func poll(until count: Int = .max, for limit: Duration = .seconds(30)) {
            let end = ContinuousClock.now + limit
            while ids.values.reduce(0, { $0 + $1.count }) < count, ContinuousClock.now < end {
                _ = source.poll(max: 100, timeout: .milliseconds(100)) { record in
                    #expect(changes.contains { if case .assigned(let list) = $0 { list.contains(record.topicPartition) } else { false } }, "told before given")
                    ids[record.partition, default: []].append(record.webhookId.map { String(decoding: $0, as: UTF8.self) } ?? "")
                    offsets[record.topicPartition] = record.offset + 1
                    owners[record.partition, default: []].insert(ObjectIdentifier(record.owner))
                    records.append(record)
                }
            }
        }

        func commit(waiting: Bool = true) throws { try source.commit(offsets.map { PartitionOffset($0.key, $0.value) }, waiting: waiting) }
    }

    @Test(arguments: Version.allCases) func `gives every record of a partition in order, and tells of the assignment before`(version: Version) async throws {
        let place = try await Self.place(version)
        try await place.append(0, ["a", "b", "c"])
        try await place.append(1, ["x", "y"])
        try await onThread {
            let member = try Member(place)
            member.poll(until: 5)
            #expect(member.ids == [0: ["a", "b", "c"], 1: ["x", "y"]])
            member.source.close()
        }
    }

    @Test(arguments: Version.allCases) func `the next member begins behind what was committed`(version: Version) async throws {
        let place = try await Self.place(version)
        try await place.append(0, ["a", "b"])
        try await onThread {
            let member = try Member(place)
            member.poll(until: 2)
            try member.commit()
            member.source.close()
        }
        try await place.append(0, ["c"])
        try await onThread {
            let member = try Member(place)
            member.poll(until: 1)
            #expect(member.ids == [0: ["c"]])
            member.source.close()
        }
    }

    @Test(arguments: Version.allCases) func `what was not committed comes again`(version: Version) async throws {
        let place = try await Self.place(version)
        try await place.append(1, ["a", "b"])
        for _ in 0..<2 {
            try await onThread {
                let member = try Member(place)
                member.poll(until: 2)
                #expect(member.ids == [1: ["a", "b"]])
                member.source.close()
            }
        }
    }

    @Test(arguments: Version.allCases) func `a paused partition gives nothing until it is resumed, and then without a gap`(version: Version) async throws {
        let place = try await Self.place(version)
        try await place.append(0, ["a"])
        let member = try await onThread { Lent(try Member(place)) }
        try await onThread {
            member.value.poll(until: 1)
            member.value.source.pause([place.partitions[0]])
        }
        try await place.append(0, ["b", "c"])
        try await place.append(1, ["x"])
        try await onThread {
            member.value.poll(until: 2)
            member.value.poll(for: .milliseconds(700))
            #expect(member.value.ids == [0: ["a"], 1: ["x"]])
            member.value.source.resume([place.partitions[0]])
            member.value.poll(until: 4)
            #expect(member.value.ids == [0: ["a", "b", "c"], 1: ["x"]])
            member.value.source.close()
        }
    }

    @Test(arguments: Version.allCases) func `close tells what is given up, and what is committed meanwhile counts`(version: Version) async throws {
        let place = try await Self.place(version)
        try await place.append(0, ["a"])
        try await onThread {
            let member = try Member(place)
            member.poll(until: 1)
            try member.commit(waiting: false)
            member.source.close()
            #expect(member.changes.last.map { if case .revoked = $0 { true } else { false } } == true)
        }
        try await place.append(0, ["b"])
        try await onThread {
            let member = try Member(place)
            member.poll(until: 1)
            #expect(member.ids == [0: ["b"]])
            member.source.close()
        }
    }

    @Test(arguments: Version.allCases) func `wake ends a poll that waits`(version: Version) async throws {
        let place = try await Self.place(version)
        try await onThread {
            let member = try Member(place)
            member.poll(for: .milliseconds(500))
            let wake = member.source.wake
            wake()
            let begun = ContinuousClock.now
            // A rebalance may end one poll early by itself; the wake ends another.
            for _ in 0..<2 where ContinuousClock.now - begun < .seconds(5) {
                wake()
                _ = member.source.poll(max: 1, timeout: .seconds(20)) { _ in }
            }
            #expect(ContinuousClock.now - begun < .seconds(15))
            member.source.close()
        }
    }

    @Test func `records of two partitions never share memory, so a partition that waits keeps none of another's`() async throws {
        let place = try await Self.place(.kafka)
        for round in 0..<3 { for partition in Int32(0)..<2 { try await place.append(partition, (0..<20).map { "\(partition)-\(round)-\($0)" }) } }
        try await onThread {
            let member = try Member(place)
            member.poll(until: 120)
            #expect(member.owners.count == 2)
            #expect(member.owners[0]?.isDisjoint(with: member.owners[1] ?? []) == true)
            #expect(member.owners.values.allSatisfy { !$0.isEmpty && $0.count < 10 }, "a few dozen records stand in one piece")
            member.source.close()
        }
    }
}

/// Hands a value from one thread to the next, never to two at a time.
struct Lent<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
