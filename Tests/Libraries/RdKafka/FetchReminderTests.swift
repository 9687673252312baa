import Foundation
import Surroundings
import TestKit
import Testing

@testable import RdKafka

/// A consumer with a small queue goes on at once when there is room in it.
@Suite(.timeLimit(.minutes(2))) struct FetchReminderTests {
    private static let properties: KafkaProperties = ["queued.min.messages": "100", "queued.max.messages.kbytes": "1000"]

    /// What it says at each step, a step being how many waited, how many were taken, and their bytes.
    private static func answers(_ properties: KafkaProperties, _ steps: [(count: Int, taken: Int, bytes: Int)]) -> [Bool] {
        var reminder = FetchReminder(properties)
        return steps.map { reminder.isDue(count: $0.count, taken: $0.taken, bytes: $0.bytes) }
    }

    @Test func `is due once when there was enough and less than half of it is left`() {
        let answers = Self.answers(Self.properties, [(99, 99, 99), (100, 40, 40), (60, 10, 10), (50, 50, 50), (120, 120, 120)])
        #expect(answers == [false, false, true, false, true])
    }

    @Test func `waits for somebody to remind when what was there is gone without being taken`() {
        #expect(Self.answers(Self.properties, [(200, 10, 10), (0, 0, 0), (5, 5, 5), (5, 5, 5)]) == [false, false, true, false])
    }

    @Test func `counts bytes as well, for messages that are few and large`() {
        let answers = Self.answers(Self.properties, [(10, 1, 200_000), (9, 5, 1_000_000), (4, 2, 400_000)])
        #expect(answers == [false, false, true])
    }

    @Test func `goes by librdkafka's own bounds where none are given, and an empty queue is no reason`() {
        #expect(Self.answers([:], [(0, 0, 0), (99_999, 99_999, 99_999), (100_000, 100_000, 100_000)]) == [false, false, true])
    }

    /// Not on the mock cluster, where the consumer gets no further for a reason that is not known.
    private static let isRealKafka = ["KAFKA_HOME", "KAFKA_BOOTSTRAP_SERVERS"].contains { ProcessInfo.processInfo.environment[$0]?.isEmpty == false }

    /// 12,000 messages through a queue of fifty: librdkafka alone would wait for up to a second after each fetch.
    @Test(.enabled(if: isRealKafka, "the mock cluster is no Kafka")) func `keeps a consumer with a small queue from waiting`() async throws {
        let topic = try await freshTopic(), servers = try await TestBroker.shared().bootstrapServers, total = 12_000
        let seconds = try await onThread {
            let producer = try Producer(["bootstrap.servers": servers, "acks": "all"], reports: .loop)
            let handle = try producer.topic(topic), value = [UInt8](repeating: 7, count: 1000)
            for number in 0..<total {
                try value.withUnsafeBytes { try producer.enqueue(handle, partition: Int32(number % 4), key: $0, value: $0, headers: [], ticket: 1) }
            }
            var reports = 0
            let isWritten = comesTrue {
                reports += producer.drainReports { _, _ in }
                return reports == total
            }
            #expect(isWritten)
            producer.close()
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
}
