import Events
import Operations
import RdKafka
import Surroundings
import TestKit
import Testing

@Suite("lag") struct LagTests {
    @Test func `counts what a group has not committed, and how old the first of it is`() async throws {
        let broker = try await TestBroker.shared()
        guard broker.isReal else { return print("tests: lag needs a real Kafka; skipped on the mock cluster") }
        let contract = try TopicContract(mode: .live)
        try await broker.createTopics(contract.topics.map(\.name), partitions: contract.partitions)
        let topic = contract.topicName(for: .payoutOnHold), group = uniqueName("lag")
        let properties: KafkaProperties = ["bootstrap.servers": broker.bootstrapServers]
        let producer = try Producer(properties)
        var receipts: [Receipt] = []
        for _ in 0..<3 { receipts.append(try await producer.produce(topic: topic, partition: 2, key: nil, value: [1])) }
        producer.close()
        let committed = receipts[1].offset
        try await onThread {
            let consumer = try Consumer(properties, groupId: group)
            try consumer.assign([PartitionOffset(TopicPartition(topic: topic, partition: 2), committed)])
            try consumer.commit([PartitionOffset(TopicPartition(topic: topic, partition: 2), committed)])
            try consumer.close()
        }
        // Kafka's clock and ours are the same machine's; a minute later, by our word, the oldest is a minute old.
        let now = try await onThread { try Self.time(of: TopicPartition(topic: topic, partition: 2), at: committed, properties) } + 60_000
        // What another worker reads is no lag of this one.
        let worker = WorkerGroup("payout-worker", name: group, topics: [topic, contract.topicName(for: .payoutFailed)])
        let lag = try await Lag.read(worker, properties, nowMilliseconds: now)
        #expect(Set(lag.parts.map(\.topic)) == Set(worker.topics))
        let part = try #require(lag.parts.first { $0.topic == topic && $0.partition == 2 })
        #expect(part.committed == committed && part.events == 2 && part.seconds == 60)
        #expect(lag.members == 0)
        #expect(lag.events >= 2)
    }

    private static func time(of partition: TopicPartition, at offset: Int64, _ properties: KafkaProperties) throws -> Int64 {
        let consumer = try Consumer(properties, groupId: uniqueName("time"))
        try consumer.assign([PartitionOffset(partition, offset)])
        while true {
            let batch = consumer.poll(max: 1, timeout: .seconds(1))
            if batch.count > 0 { return batch[0].timestampMilliseconds }
        }
    }
}
