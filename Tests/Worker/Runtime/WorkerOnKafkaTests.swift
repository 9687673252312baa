import Events
import Foundation
import LibPQ
import RdKafka
import Surroundings
import TestKit
import Testing
import Worker

/// The runtime as a program runs it: Kafka on one side, PostgreSQL on the other.
@Suite(.timeLimit(.minutes(3))) struct WorkerOnKafkaTests {
    /// A topic that nobody else knows, with what this test writes to it.
    struct Stream: Sendable {
        let topic: String
        let servers: String
        let group: String

        init() async throws {
            let broker = try await TestBroker.shared()
            topic = uniqueName("dodo.stream") + "-\(UInt32.random(in: 0 ... .max))"
            group = topic + "-group"
            servers = broker.bootstrapServers
            try await broker.createTopics([topic], partitions: 4)
        }

        func produce(_ ids: [String], body: String = "good") async throws {
            let producer = try Producer(["bootstrap.servers": servers, "acks": "all", "linger.ms": "1"])
            defer { producer.close() }
            try await withThrowingTaskGroup { tasks in
                for id in ids {
                    tasks.addTask {
                        _ = try await producer.produce(
                            topic: topic, key: Array(id.utf8), value: Array(body.utf8),
                            headers: [("ce_id", Array(id.utf8)), ("ce_type", Array("payment.succeeded".utf8)), ("webhook-timestamp", Array("1767225600".utf8))])
                    }
                }
                try await tasks.waitForAll()
            }
        }

        func start(_ database: WorkerDatabase, relays: Bool = false) throws -> RunningWorker {
            try RunningWorker(database, environment: ["KAFKA_BOOTSTRAP_SERVERS": servers, "NICOBAR_WORKER_BATCH_EVENTS": "20"], relays: relays) { (onRebalance) throws(KafkaError) in
                try KafkaSource(
                    ["bootstrap.servers": servers, "session.timeout.ms": "10000"], groupId: group, instanceId: nil, topics: [topic], log: { _ in },
                    onRebalance: onRebalance)
            }
        }

        /// What the group has committed, over all partitions.
        func committed() async throws -> Int64 {
            try await onThread {
                let consumer = try Consumer(["bootstrap.servers": servers], groupId: group)
                return try consumer.committed((Int32(0)..<4).map { TopicPartition(topic: topic, partition: $0) }, timeout: .seconds(10)).map(\.offset).reduce(0, +)
            }
        }
    }

    @Test func `two workers share the lanes; one joins late, one leaves: nothing is lost, nothing done twice, all is committed`() async throws {
        let database = try await WorkerDatabase(), stream = try await Stream()
        try await stream.produce((0..<300).map { "a\($0)" })
        let first = try stream.start(database)
        #expect(try await eventually(within: .seconds(60)) { try await WorkerRuntimeTests.effects(database) == 300 })
        let second = try stream.start(database)
        #expect(await eventually(within: .seconds(60)) { first.metric("nicobar_worker_lanes") == 2 && second.metric("nicobar_worker_lanes") == 2 })
        try await stream.produce((0..<300).map { "b\($0)" })
        #expect(try await eventually { try await WorkerRuntimeTests.effects(database) == 600 })
        #expect(await first.stop() == .stopped)
        try await stream.produce((0..<300).map { "c\($0)" })
        #expect(try await eventually(within: .seconds(60)) { try await WorkerRuntimeTests.effects(database) == 900 })
        #expect(await second.stop() == .stopped)
        #expect(try await WorkerRuntimeTests.isExact(database, 900))
        #expect(try await stream.committed() == 900)
    }

    @Test func `a dead letter of a running worker is announced on its topic`() async throws {
        let database = try await WorkerDatabase(), stream = try await Stream()
        try await TestBroker.shared().createTopics(["nicobar.dead-letter.billing"], partitions: 4)
        let id = "wh_\(UInt64.random(in: 0 ... .max))"
        try await stream.produce([id], body: "poison")
        let worker = try stream.start(database, relays: true)
        #expect(try await eventually(within: .seconds(60)) { try await database.number("select count(*) from worker.dead_letters") == 1 })
        #expect(try await eventually { try await database.number("select count(*) from worker.outbox") == 0 })
        #expect(await worker.stop() == .stopped)
        let servers = stream.servers
        let found = try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("announced"))
            try consumer.assign((Int32(0)..<4).map { PartitionOffset(TopicPartition(topic: "nicobar.dead-letter.billing", partition: $0), 0) })
            var found: [String] = []
            let end = ContinuousClock.now + .seconds(30)
            while found.isEmpty, ContinuousClock.now < end {
                let batch = consumer.poll(max: 1000, timeout: .milliseconds(100))
                for index in 0..<batch.count where batch[index].key.map({ String(decoding: $0, as: UTF8.self) }) == id {
                    found.append(batch[index].header(HeaderName.id).map { String(decoding: $0, as: UTF8.self) } ?? "")
                }
            }
            try consumer.close()
            return found
        }
        #expect(found == ["dead-letter/billing/\(id)@1"])
    }

    @Test func `a connection that keeps its session passes the check before the start`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([WorkerRuntimeTests.home])
        let worker = try RunningWorker(database, relays: true) { (onRebalance) throws(KafkaError) in MemorySource(topics, onRebalance: onRebalance) }
        #expect(try await onThread { try worker.runtime.checkRelay() })
        #expect(worker.runtime.deadLetterTopic == "nicobar.dead-letter.billing")
        #expect(await worker.stop() == .stopped)
    }
}
