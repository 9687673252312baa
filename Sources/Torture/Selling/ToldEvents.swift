import Events
import Foundation
import RdKafka
import Surroundings

/// Everything that stands on the `nicobar.*` topics, as one who subscribes to them has it once repetitions are left out by `ce_id`.
package struct ToldEvents: Sendable {
    /// One event.
    struct Event: Sendable, Equatable {
        let topic: String
        let key: String
        let type: String
        let body: [UInt8]
    }

    /// What the bodies of all families have in common, and what tells them apart.
    struct Body: Decodable, Sendable {
        let orderId: String?, entitlementId: String?, licenceId: String?, sourceId: String?, paymentId: String?, subscriptionId: String?
        let revision: Int64
        let state: String?

        /// The entity it is about.
        var id: String? { licenceId ?? entitlementId ?? orderId }
        /// What the key must be.
        var source: String? { sourceId ?? subscriptionId ?? paymentId }
    }

    private(set) var events: [String: Event] = [:]
    private(set) var bodies: [String: Body] = [:]
    /// How many were there more than once.
    package private(set) var repeated = 0
    private(set) var faults: [String] = []
    /// The entities' revisions in the order in which they came, of each partition.
    private var seen: [String: Int64] = [:]

    /// The ids of those that license-worker takes.
    var entitlementIds: Set<String> { Set(events.filter { $0.value.topic.hasPrefix("nicobar.entitlement.") }.keys) }

    /// How many different ones there are.
    package var count: Int { events.count }

    /// Reads all topics from their beginning to where they end now.
    ///
    /// - Throws: `KafkaError` when the broker cannot be asked, `SurroundingsError` when not everything came within a minute.
    package static func read(bootstrapServers: String) async throws -> ToldEvents {
        let topics = try TopicContract(mode: .live).topics.map(\.name).filter { $0.hasPrefix("nicobar.") }
        return try await OwnThread.run {
            let consumer = try Consumer(["bootstrap.servers": bootstrapServers, "client.id": "nicobar-torture"], groupId: "torture-listener")
            let partitions = try consumer.metadata(timeout: .seconds(10)).topics.filter { topics.contains($0.name) }
                .flatMap { topic in topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.id) } }
            var left: [TopicPartition: Int64] = [:]
            for partition in partitions {
                let marks = try consumer.watermarks(partition, timeout: .seconds(10))
                if marks.high > marks.low { left[partition] = marks.high }
            }
            try consumer.assign(left.keys.map { PartitionOffset($0, 0) })
            var told = ToldEvents()
            let clock = ContinuousClock(), end = clock.now + .seconds(60)
            while !left.isEmpty {
                guard clock.now < end else { throw SurroundingsError.notReady("what was told", log: "\(left.count) partitions were not read to their end within a minute") }
                let batch = consumer.poll(max: 5000, timeout: .milliseconds(500))
                for index in 0..<batch.count {
                    let message = batch[index]
                    if let end = left[message.topicPartition], message.offset + 1 >= end { left[message.topicPartition] = nil }
                    told.take(message)
                }
            }
            try consumer.close()
            return told
        }
    }

    /// All of it as text.
    package var text: String { events.map { "\($0.key) \($0.value.key) \(String(decoding: $0.value.body, as: UTF8.self))" }.joined(separator: "\n") }

    private mutating func take(_ message: ConsumedMessage) {
        func text(_ bytes: UnsafeRawBufferPointer?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        let id = text(message.header(HeaderName.id))
        let event = Event(topic: message.topic, key: text(message.key), type: text(message.header(HeaderName.type)), body: Array(message.value))
        if let known = events[id] {
            repeated += 1
            if known != event { note("\(id) was told twice and not in the same way") }
            return
        }
        events[id] = event
        guard !event.topic.contains("dead-letter") else { return }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let body = try? decoder.decode(Body.self, from: Data(event.body)), let entity = body.id else { return note("\(id) is no event that anybody could read") }
        bodies[id] = body
        if id != "\(entity)@\(body.revision)" { note("ce_id \(id) is of another entity or revision than its body") }
        if event.type != event.topic { note("\(id) has ce_type \(event.type) and stands on \(event.topic)") }
        if event.key != body.source { note("\(id) has the key \(event.key), not its source") }
        // Whoever reads one topic meets the changes of an entity in their order, the first time that each is met.
        let place = "\(message.topicPartition) \(entity)"
        if let last = seen[place], last > body.revision { note("\(id) came after revision \(last) on \(message.topicPartition)") }
        seen[place] = body.revision
    }

    private mutating func note(_ fault: String) { if faults.count < 20 { faults.append(fault) } }
}
