import RdKafka
import Surroundings
import TestKit
import Testing

/// A producer that packs requests, on brokers that are real.
@Suite(.timeLimit(.minutes(2))) struct PackedProducerTests {
    /// What was written, or read, of one partition.
    private typealias Log = [TopicPartition: [[UInt8]]]

    @Test func `all that it writes is in its partition, once, in order and byte for byte, on a real broker`() async throws {
        let broker = try await TestBroker.shared()
        let topics = [try await freshTopic(), try await freshTopic(), try await freshTopic()]
        try await write(2000, to: topics, partitions: 4, broker.bootstrapServers)
    }

    @Test func `all that it writes is in its partition, once, in order and byte for byte, on a mock cluster that is slow`() async throws {
        let cluster = try MockCluster()
        let topics = ["one", "two", "three"]
        for topic in topics { try cluster.createTopic(topic, partitions: 4) }
        try cluster.setRoundTrip(.milliseconds(20))
        try await write(500, to: topics, partitions: 4, cluster.bootstrapServers)
    }

    private func write(_ count: Int, to topics: [String], partitions: Int32, _ servers: String) async throws {
        try await onThread {
            // A request for each message: in batches all could be in twelve requests, which need not meet.
            let producer = try Producer(
                ["bootstrap.servers": servers, "acks": "all", "enable.idempotence": "false", "batch.num.messages": "1"], reports: .loop, packsRequests: true)
            var written: Log = [:], acknowledged = 0
            var failures: [KafkaError] = []
            // One for each partition first: a broker that is still becoming a leader refuses what comes, and librdkafka sends it again behind what it took.
            let first = topics.count * Int(partitions)
            for numbers in [0..<first, first..<count] {
                for number in numbers {
                    let topic = topics[number % topics.count], partition = Int32(number / topics.count) % partitions
                    let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 + number * 7 % 4000)
                    try value.withUnsafeBytes {
                        try producer.enqueue(try producer.topic(topic), partition: partition, key: $0, value: $0, headers: [], ticket: UInt(number))
                    }
                    written[TopicPartition(topic: topic, partition: partition), default: []].append(value)
                }
                let isAcknowledged = comesTrue {
                    producer.drainReports { _, error in
                        acknowledged += 1
                        if let error { failures.append(error) }
                    }
                    return acknowledged == numbers.upperBound
                }
                #expect(isAcknowledged && failures.isEmpty)
            }
            let packing = producer.packing
            #expect(packing.requests > packing.packs && packing.packs > 0, "\(packing)")
            producer.close()
            let read = try Self.read(Array(written.keys), count, servers)
            for (partition, values) in written { #expect(read[partition]?.map(\.count) == values.map(\.count) && read[partition] == values) }
        }
    }

    private static func read(_ partitions: [TopicPartition], _ count: Int, _ servers: String) throws -> Log {
        let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("packed"))
        try consumer.assign(partitions.map { PartitionOffset($0, 0) })
        var read: Log = [:], total = 0
        _ = comesTrue {
            let batch = consumer.poll(max: 500, timeout: .milliseconds(50))
            for index in 0..<batch.count {
                let message = batch[index]
                read[TopicPartition(topic: message.topic, partition: message.partition), default: []].append(Array(message.value))
            }
            total += batch.count
            return total >= count
        }
        try consumer.close()
        return read
    }
}
