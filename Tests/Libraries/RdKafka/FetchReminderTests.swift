import Foundation
import Surroundings
import TestKit
import Testing

@testable import RdKafka

/// A consumer with a small queue goes on at once when there is room in it.
@Suite(.timeLimit(.minutes(2))) struct FetchReminderTests {
    private static let properties: KafkaProperties = ["queued.min.messages": "100", "queued.max.messages.kbytes": "1000"]

    /// What it says at each step, a step being how many were there, how many are left, how many of them were taken, and their bytes.
    private static func answers(_ properties: KafkaProperties, _ steps: [(before: Int, left: Int, taken: Int, bytes: Int)]) -> [Bool] {
        var reminder = FetchReminder(properties)
        return steps.map { reminder.isDue(before: $0.before, left: $0.left, taken: $0.taken, bytes: $0.bytes) }
    }

    @Test func `is due once when there was enough and less than half of it is left`() {
        let answers = Self.answers(Self.properties, [(99, 0, 99, 99), (100, 60, 40, 40), (60, 50, 10, 10), (50, 0, 50, 50), (120, 0, 120, 120)])
        #expect(answers == [false, false, true, false, true])
    }

    @Test func `is due as well when what was there is gone without being taken`() {
        #expect(Self.answers(Self.properties, [(200, 190, 10, 10), (190, 0, 0, 0), (0, 0, 0, 0)]) == [false, true, false])
    }

    @Test func `goes by what is left, not by what was taken: more may have come meanwhile`() {
        #expect(Self.answers(Self.properties, [(100, 150, 100, 100), (150, 50, 100, 100)]) == [false, true])
    }

    @Test func `counts bytes as well, for messages that are few and large`() {
        let answers = Self.answers(Self.properties, [(10, 9, 1, 200_000), (9, 4, 5, 1_000_000), (4, 2, 2, 400_000)])
        #expect(answers == [false, false, true])
    }

    @Test func `goes by librdkafka's own bounds where none are given, and an empty queue is no reason`() {
        #expect(Self.answers([:], [(0, 0, 0, 0), (99_999, 0, 99_999, 99_999), (100_000, 0, 100_000, 100_000)]) == [false, false, true])
    }

    /// Not on the mock cluster, where the consumer gets no further for a reason that is not known.
    private static let isRealKafka = ["KAFKA_HOME", "KAFKA_BOOTSTRAP_SERVERS"].contains { ProcessInfo.processInfo.environment[$0]?.isEmpty == false }

    /// Writes messages with keys and values of 1000 bytes to the first partitions of a topic in turn.
    private static func fill(_ topic: String, _ total: Int, of partitions: Int, _ servers: String) throws {
        let producer = try Producer(["bootstrap.servers": servers, "acks": "all"], reports: .loop)
        let handle = try producer.topic(topic), value = [UInt8](repeating: 7, count: 1000)
        for number in 0..<total {
            try value.withUnsafeBytes { try producer.enqueue(handle, partition: Int32(number % partitions), key: $0, value: $0, headers: [], ticket: 1) }
        }
        var reports = 0
        let isWritten = comesTrue {
            reports += producer.drainReports { _, _ in }
            return reports == total
        }
        #expect(isWritten)
        producer.close()
    }

    /// 12,000 messages through a queue of fifty: librdkafka alone would wait for up to a second after each fetch.
    @Test(.enabled(if: isRealKafka, "the mock cluster is no Kafka")) func `keeps a consumer with a small queue from waiting`() async throws {
        let topic = try await freshTopic(), servers = try await TestBroker.shared().bootstrapServers, total = 12_000
        let seconds = try await onThread {
            try Self.fill(topic, total, of: 4, servers)
            let consumer = try Consumer(
                ["bootstrap.servers": servers, "queued.min.messages": "50", "fetch.message.max.bytes": "20000", "fetch.wait.max.ms": "10"], groupId: uniqueName("small"))
            try consumer.assign((0..<4).map { PartitionOffset(TopicPartition(topic: topic, partition: $0), 0) })
            var read = 0
            let started = ContinuousClock.now
            let isRead = comesTrue(within: 60) {
                read += consumer.poll(max: 500, timeout: .milliseconds(50)).count
                return read == total
            }
            #expect(isRead)
            let seconds = (ContinuousClock.now - started) / .seconds(1)
            try consumer.close()
            return seconds
        }
        #expect(seconds < 8, "took \(seconds) s")
    }

    /// How long a partition is silent that is paused after its first message and then resumed, five times, in seconds.
    ///
    /// - Parameter look: polls while it is paused, or does not.
    private static func waits(afterPause look: @Sendable @escaping (Consumer) -> Void) async throws -> [Double] {
        let topic = try await freshTopic(), servers = try await TestBroker.shared().bootstrapServers
        return try await onThread {
            try Self.fill(topic, 400, of: 1, servers)
            let partition = TopicPartition(topic: topic, partition: 0)
            let consumer = try Consumer(
                ["bootstrap.servers": servers, "queued.min.messages": "50", "fetch.message.max.bytes": "100000", "fetch.wait.max.ms": "10"], groupId: uniqueName("paused"))
            try consumer.assign([PartitionOffset(partition, 0)])
            let waits = try (0..<5).map { _ in
                // One is taken, so the others of its fetch are there, and they are more than fifty.
                #expect(comesTrue { consumer.poll(max: 1, timeout: .milliseconds(50)).count == 1 })
                try consumer.pause([partition])
                look(consumer)
                try consumer.resume([partition])
                let started = ContinuousClock.now
                #expect(comesTrue { consumer.poll(max: 1, timeout: .milliseconds(50)).count == 1 })
                return (ContinuousClock.now - started) / .seconds(1)
            }
            try consumer.close()
            return waits
        }
    }

    /// A pause makes all that was fetched worthless, but it stays in the queue until it is polled: resumed at once, librdkafka finds the queue full and sleeps.
    @Test(.enabled(if: isRealKafka, "the mock cluster is no Kafka")) func `keeps a partition that was paused and resumed from waiting for what was thrown away`() async throws {
        let waits = try await Self.waits { _ in }
        #expect(waits.reduce(0, +) < 1, "waited \(waits) s")
    }

    /// With everything paused librdkafka's thread for the broker sleeps for a second at a time, and a resume does not wake it.
    @Test(.enabled(if: isRealKafka, "the mock cluster is no Kafka")) func `keeps a partition that is resumed when all were paused from waiting`() async throws {
        let waits = try await Self.waits { consumer in #expect(consumer.poll(max: 1, timeout: .milliseconds(200)).isEmpty) }
        #expect(waits.reduce(0, +) < 1, "waited \(waits) s")
    }
}
