import Events
import Foundation
import LibPQ
import Observability
import RdKafka
import Surroundings
import TestKit
import Worker

/// A database, a topic and as many relays as a test wants.
struct OutboxFixture: Sendable {
    let database: String
    let servers: String
    let topic: String

    /// - Parameter servers: a broker; the tests' shared one when nil.
    init(servers: String? = nil) async throws {
        database = try await TestDatabase.fresh()
        topic = uniqueName("nicobar.order") + "-\(UInt32.random(in: 0 ... .max))"
        if let servers { self.servers = servers } else {
            let broker = try await TestBroker.shared()
            try await broker.createTopics([topic], partitions: 2)
            self.servers = broker.bootstrapServers
        }
    }

    /// What a relay has told meanwhile.
    final class Relay: Sendable {
        let relay: OutboxRelay
        let metrics: Metrics

        init(_ relay: OutboxRelay, _ metrics: Metrics) {
            self.relay = relay
            self.metrics = metrics
        }

        func metric(_ line: String) -> Double {
            for text in metrics.render().split(separator: "\n") where text.hasPrefix(line + " ") { return Double(text.dropFirst(line.count + 1)) ?? 0 }
            return 0
        }

        var shards: Int { Int(metric("nicobar_outbox_shards_held")) }

        func stop() async throws -> Bool { try await onThread { [relay] in relay.stop(until: .now + .seconds(20)) } }
    }

    func startRelay(_ properties: KafkaProperties = [:], limits: RelayMachine.Limits = RelayMachine.Limits()) -> Relay {
        let metrics = Metrics()
        let signals = WorkerSignals(metrics: metrics, health: Health(), log: Log(program: "test", level: .error, format: .text))
        var kafka = properties
        kafka["bootstrap.servers"] = servers
        guard let relay = OutboxRelay(database, kafka: kafka, mode: .live, worker: "fulfilment", signals: signals, limits: limits) else { fatalError("no eventfd") }
        relay.start()
        return Relay(relay, metrics)
    }

    /// A connection that can write to the outbox.
    func writer() throws -> Connection {
        let connection = try Connection(database, applicationName: "writer")
        try LaneTransaction.prepare(connection, for: SilentHandler())
        return connection
    }

    /// Writes rows in one transaction: ids, each with its key.
    func write(_ rows: [(id: String, key: String)], on connection: Connection, committing: Bool = true) throws {
        let column = OutboxRows()
        for (id, key) in rows {
            Array("{\"id\":\"\(id)\"}".utf8).withUnsafeBytes {
                column.append(id: id, topic: topic, key: key, type: "nicobar.order.fulfilled", occurredAt: Timestamp(seconds: 1_767_225_600), body: $0)
            }
        }
        guard let step = column.step("fulfilment") else { return }
        try connection.pipeline([PipelineStep(sql: "begin"), step] + (committing ? [PipelineStep(sql: "commit")] : []))
    }

    func write(_ rows: [(id: String, key: String)]) async throws {
        try await onThread {
            let connection = try writer()
            defer { connection.close() }
            try write(rows, on: connection)
        }
    }

    func number(_ sql: String) async throws -> Int {
        try await onThread {
            let connection = try Connection(database)
            defer { connection.close() }
            return Int(try connection.query(sql).int64(0, 0) ?? -1)
        }
    }

    /// A message as it is in Kafka.
    struct Told: Sendable, Equatable {
        var id = "", key = "", body = ""
        var headers: [String: String] = [:]
    }

    /// Reads the topic until so many messages are there and a moment longer, partition by partition in their order.
    func told(atLeast count: Int, within limit: Duration = .seconds(30)) async throws -> [Told] {
        try await onThread {
            let consumer = try Consumer(["bootstrap.servers": servers], groupId: uniqueName("told"))
            try consumer.assign((Int32(0)..<2).map { PartitionOffset(TopicPartition(topic: topic, partition: $0), 0) })
            var found: [Told] = []
            var end = ContinuousClock.now + limit
            var isEnough = false
            while ContinuousClock.now < end {
                let batch = consumer.poll(max: 1000, timeout: .milliseconds(100))
                for index in 0..<batch.count {
                    let message = batch[index]
                    var told = Told(key: message.key.map { String(decoding: $0, as: UTF8.self) } ?? "", body: String(decoding: message.value, as: UTF8.self))
                    message.forEachHeader { name, value in told.headers[name] = value.map { String(decoding: $0, as: UTF8.self) } }
                    told.id = told.headers["ce_id"] ?? ""
                    found.append(told)
                }
                if found.count >= count, !isEnough {
                    isEnough = true
                    end = min(end, ContinuousClock.now + .milliseconds(300))
                }
            }
            try consumer.close()
            return found
        }
    }
}

/// A handler that does nothing: its statements are those that every worker has.
private struct SilentHandler: EventHandler {
    let worker = "fulfilment"
    var statements: [(name: String, sql: String)] { [] }
    func makeBatch() -> any EventBatch { SilentBatch() }
}

private final class SilentBatch: EventBatch {
    func reset() {}
    func add(_ event: IncomingEvent) throws(RecordFault) {}
    func steps() -> [PipelineStep] { [] }
}
