import RdKafka
import Surroundings
import TestKit
import Testing

/// What the operator's side of Kafka does. The mock cluster takes none of these requests, so it only answers for metadata.
@Suite(.timeLimit(.minutes(2))) struct AdminTests {
    @Test func `a topic is made with its settings, described, changed and deleted`() async throws {
        let broker = try await TestBroker.shared()
        guard broker.takesTopicRequests else { return }
        let admin = try Admin(["bootstrap.servers": broker.bootstrapServers])
        let name = uniqueName("test.admin") + "-\(UInt32.random(in: 0 ... .max))"
        #expect(try await admin.createTopics([NewTopic(name: name, partitions: 2, config: ["retention.ms": "3600000"])]).isEmpty)
        // The controller has it now; the broker that is asked learns of it a moment later, here and after each change.
        #expect(try await eventually { try await admin.metadata().topics.contains { $0.name == name && $0.error == nil && !$0.partitions.isEmpty } })
        let again = try await admin.createTopics([NewTopic(name: name, partitions: 2)])
        #expect(again[name]?.isAlreadyThere == true)
        let settings = try #require(try await admin.topicSettings([name])[name])
        #expect(settings["retention.ms"]?.value == "3600000" && settings["retention.ms"]?.isDefault == false)
        #expect(settings["cleanup.policy"]?.isDefault == true)
        try await admin.alterTopic(name, settings: ["cleanup.policy": "compact"])
        #expect(try await eventually { try await admin.topicSettings([name])[name]?["cleanup.policy"]?.value == "compact" })
        #expect(try await admin.topicSettings([name])[name]?["retention.ms"]?.value == "3600000")
        try await admin.createPartitions(name, total: 5)
        #expect(try await eventually { try await admin.metadata().topics.first { $0.name == name }?.partitions.count == 5 })
        #expect(try await admin.deleteTopics([name]).isEmpty)
        #expect(await eventually { do { _ = try await admin.topicSettings([name]); return false } catch { return true } })
    }

    @Test func `metadata knows brokers and topics`() async throws {
        let broker = try await TestBroker.shared()
        let topic = try await freshTopic()
        let admin = try Admin(["bootstrap.servers": broker.bootstrapServers])
        let metadata = try await admin.metadata()
        #expect(!metadata.brokers.isEmpty)
        #expect(metadata.topics.first { $0.name == topic }?.partitions.count == 4)
    }

    @Test func `a group's members and commits are seen from outside`() async throws {
        let broker = try await TestBroker.shared()
        let topic = try await freshTopic()
        let group = uniqueName("seen"), place = PartitionOffset(TopicPartition(topic: topic, partition: 0), 0)
        let servers = broker.bootstrapServers
        let producer = try Producer(["bootstrap.servers": servers])
        _ = try await producer.produce(topic: topic, partition: 0, key: nil, value: [1])
        let admin = try Admin(["bootstrap.servers": servers])
        #expect(try await admin.committed(by: group, [place.topicPartition]).isEmpty)
        let consumer = try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: group)
            try consumer.assign([place])
            try consumer.commit([PartitionOffset(place.topicPartition, 1)])
            try consumer.close()
            return true
        }
        #expect(consumer)
        #expect(try await admin.committed(by: group, [place.topicPartition]).map(\.offset) == [1])
        if broker.takesTopicRequests { #expect(try await admin.groups().contains { $0.name == group }) }
    }

    @Test func `a broker that is just becoming a partition's leader is asked again, but not for ever`() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("young", partitions: 1)
        let place = TopicPartition(topic: "young", partition: 0), listOffsets: Int16 = 2, notLeader: Int32 = 6
        let admin = try Admin(["bootstrap.servers": cluster.bootstrapServers])
        cluster.pushRequestErrors(apiKey: listOffsets, code: notLeader, times: 5)
        #expect(try await admin.watermarks([place])[place]?.high == 0)
        cluster.pushRequestErrors(apiKey: listOffsets, code: notLeader, times: 5)
        #expect(try await admin.offsets(of: [place], atOrAfter: 1).isEmpty)
        let hasty = try Admin(["bootstrap.servers": cluster.bootstrapServers], timeout: .milliseconds(500))
        cluster.pushRequestErrors(apiKey: listOffsets, code: notLeader, times: 1000)
        let error = await #expect(throws: KafkaError.self) { try await hasty.watermarks([place]) }
        #expect(error?.code == notLeader)
    }

    @Test func `a cluster that is away is an error within the bound`() async throws {
        let admin = try Admin(["bootstrap.servers": "127.0.0.1:1"], timeout: .seconds(1))
        let started = ContinuousClock.now
        let error = await #expect(throws: KafkaError.self) { try await admin.metadata() }
        #expect(error?.isRetriable == true)
        #expect(ContinuousClock.now - started < .seconds(10))
    }
}
