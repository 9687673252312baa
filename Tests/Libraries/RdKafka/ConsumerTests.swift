import Foundation
import RdKafka
import Surroundings
import TestKit
import Testing

/// What a member of a group is told and may do, on whichever broker the tests run against.
@Suite(.timeLimit(.minutes(3))) struct ConsumerTests {
    /// Polls until the condition holds; answers whether it did.
    private static func poll(_ consumers: [Consumer], until condition: () -> Bool, each: (ConsumedBatch) -> Void = { _ in }) -> Bool {
        let end = ContinuousClock.now + .seconds(30)
        while !condition(), ContinuousClock.now < end {
            for consumer in consumers { each(consumer.poll(max: 100, timeout: .milliseconds(50))) }
        }
        return condition()
    }

    private static func filledTopic(_ count: Int) async throws -> (topic: String, servers: String) {
        let topic = try await freshTopic()
        let servers = try await TestBroker.shared().bootstrapServers
        let producer = try Producer(["bootstrap.servers": servers])
        for number in 0..<count {
            _ = try await producer.produce(topic: topic, partition: Int32(number % 4), key: nil, value: Array("\(number)".utf8))
        }
        return (topic, servers)
    }

    @Test func `two members share the partitions, and the one that is left takes over all of them`() async throws {
        let (topic, servers) = try await Self.filledTopic(0)
        try await onThread {
            let group = uniqueName("share")
            final class Owned { var partitions: Set<TopicPartition> = [] }
            func member(_ owned: Owned) throws -> Consumer {
                let consumer = try Consumer(["bootstrap.servers": servers, "session.timeout.ms": "6000", "heartbeat.interval.ms": "300"], groupId: group, onRebalance: { change in
                    switch change {
                    case .assigned(let partitions): owned.partitions = Set(partitions)
                    case .revoked, .lost: owned.partitions = []
                    }
                    return []
                })
                try consumer.subscribe([topic])
                return consumer
            }
            let here = Owned(), there = Owned()
            let first = try member(here)
            #expect(Self.poll([first], until: { here.partitions.count == 4 }))
            let second = try member(there)
            #expect(Self.poll([first, second], until: { here.partitions.count == 2 && there.partitions.count == 2 }))
            #expect(here.partitions.isDisjoint(with: there.partitions))
            try second.close()
            #expect(there.partitions.isEmpty)
            #expect(Self.poll([first], until: { here.partitions.count == 4 }))
            try first.close()
        }
    }

    @Test func `a pause ends with the assignment: partitions that went and came back are fetched again`() async throws {
        let (topic, servers) = try await Self.filledTopic(40)
        try await onThread {
            let group = uniqueName("paused")
            var visits = 0
            let properties: KafkaProperties = ["bootstrap.servers": servers, "session.timeout.ms": "6000", "heartbeat.interval.ms": "300"]
            let member = try Consumer(properties, groupId: group)
            try member.subscribe([topic])
            var first: [Int32: Int] = [:], again: [Int32: Int] = [:]
            #expect(Self.poll([member], until: { first.values.reduce(0, +) == 40 }) { batch in
                for index in 0..<batch.count { first[batch[index].partition, default: 0] += 1 }
            })
            try member.pause((0..<4).map { TopicPartition(topic: topic, partition: $0) })
            let visitor = try Consumer(properties, groupId: group, onRebalance: { change in
                if case .assigned = change { visits += 1 }
                return []
            })
            try visitor.subscribe([topic])
            #expect(Self.poll([member, visitor], until: { visits == 1 }))
            try visitor.close()
            // Nothing was committed: all of it comes again, from each partition.
            let all = Self.poll([member], until: { again.count == 4 && again.values.allSatisfy { $0 >= 10 } }) { batch in
                for index in 0..<batch.count { again[batch[index].partition, default: 0] += 1 }
            }
            #expect(all, "given again, by partition: \(again)")
            try member.close()
        }
    }

    @Test func `a member goes on from what was committed, and from nowhere else`() async throws {
        guard try await TestBroker.shared().takesBackEmptyGroups else { return print("tests: joining an empty group again needs a real Kafka; skipped on the mock cluster") }
        let (topic, servers) = try await Self.filledTopic(40)
        try await onThread {
            let group = uniqueName("commit")
            let zero = TopicPartition(topic: topic, partition: 0)
            var seen: [Int64] = []
            let first = try Consumer(["bootstrap.servers": servers], groupId: group)
            try first.subscribe([topic])
            let all = Self.poll([first], until: { seen.count == 10 }) { batch in
                for index in 0..<batch.count where batch[index].partition == 0 { seen.append(batch[index].offset) }
            }
            #expect(all)
            try first.commit([PartitionOffset(zero, seen[0] + 4)])
            #expect(try first.committed([zero], timeout: .seconds(10)) == [PartitionOffset(zero, seen[0] + 4)])
            try first.close()

            var again: [Int64] = []
            let second = try Consumer(["bootstrap.servers": servers], groupId: group)
            try second.subscribe([topic])
            _ = Self.poll([second], until: { again.count == 6 }) { batch in
                for index in 0..<batch.count where batch[index].partition == 0 { again.append(batch[index].offset) }
            }
            #expect(again == Array(seen[4...]))
            try second.close()
        }
    }

    @Test func `an assignment may begin where the handler says`() async throws {
        let (topic, servers) = try await Self.filledTopic(40)
        try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("start"), onRebalance: { change in
                guard case .assigned(let partitions) = change else { return [] }
                return partitions.map { PartitionOffset($0, 8) }
            })
            try consumer.subscribe([topic])
            var seen: [Int32: [Int64]] = [:]
            #expect(Self.poll([consumer], until: { seen.values.reduce(0) { $0 + $1.count } == 8 }) { batch in
                for index in 0..<batch.count { seen[batch[index].partition, default: []].append(batch[index].offset) }
            })
            #expect(seen.values.allSatisfy { $0 == [8, 9] })
            try consumer.close()
        }
    }

    @Test func `a paused partition is silent until it is resumed, and loses nothing`() async throws {
        let (topic, servers) = try await Self.filledTopic(40)
        try await onThread {
            let one = TopicPartition(topic: topic, partition: 1)
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("pause"))
            try consumer.assign((0..<4).map { PartitionOffset(TopicPartition(topic: topic, partition: $0), 0) })
            try consumer.pause([one])
            var seen: [Int32: [Int64]] = [:]
            func note(_ batch: ConsumedBatch) { for index in 0..<batch.count { seen[batch[index].partition, default: []].append(batch[index].offset) } }
            #expect(Self.poll([consumer], until: { seen.values.reduce(0) { $0 + $1.count } == 30 }, each: note))
            #expect(seen[1] == nil)
            try consumer.resume([one])
            #expect(Self.poll([consumer], until: { seen[1]?.count == 10 }, each: note))
            #expect(seen[1] == Array(0..<10))
            try consumer.close()
        }
    }

    @Test func `offsets are found by time, and watermarks say what is there`() async throws {
        let (topic, servers) = try await Self.filledTopic(8)
        let admin = try Admin(["bootstrap.servers": servers])
        let partitions = (0..<4).map { TopicPartition(topic: topic, partition: $0) }
        let marks = try await admin.watermarks(partitions)
        #expect(partitions.allSatisfy { marks[$0]?.low == 0 && marks[$0]?.high == 2 })
        guard try await TestBroker.shared().findsOffsetsByTime else { return print("tests: offsets by time need a real Kafka; skipped on the mock cluster") }
        #expect(try await admin.offsets(of: partitions, atOrAfter: 0).map(\.offset) == [0, 0, 0, 0])
        #expect(try await admin.offsets(of: partitions, atOrAfter: Int64(Date().timeIntervalSince1970 * 1000) + 3_600_000).isEmpty)
    }

    @Test func `a waiting poll comes back at once when it is woken`() async throws {
        let servers = try await TestBroker.shared().bootstrapServers
        try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("wake"))
            let waker = consumer.waker
            let started = ContinuousClock.now
            Thread { waker.wake() }.start()
            _ = consumer.poll(max: 10, timeout: .seconds(20))
            #expect(ContinuousClock.now - started < .seconds(10))
            try consumer.close()
        }
    }

    @Test func `a batch outlives its consumer`() async throws {
        let (topic, servers) = try await Self.filledTopic(4)
        let bytes = try await onThread {
            var kept: ConsumedBatch?
            do {
                let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("outlive"))
                try consumer.assign([PartitionOffset(TopicPartition(topic: topic, partition: 3), 0)])
                _ = Self.poll([consumer], until: { kept != nil }) { if $0.count > 0 { kept = $0 } }
                try consumer.close()
            }
            return kept.map { Array($0[0].value) }
        }
        #expect(bytes == Array("3".utf8))
    }
}
