import Events
import RdKafka
import TestKit

/// Reads what came into Kafka, apart from everything that ingest is made of but the client library. Belongs to one thread.
final class Witness {
    struct Seen: Sendable {
        let topic: String
        let key: [UInt8]?
        let body: [UInt8]
        let headers: [(name: String, value: [UInt8])]

        func header(_ name: String) -> String? { headers.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) } }
    }

    private let consumer: Consumer
    private var seen: [String: [Seen]] = [:]

    /// Reads the topics of these types and the unrecognised one from their beginning.
    init(_ servers: String, _ types: [EventType] = [.paymentSucceeded]) throws {
        consumer = try Consumer(["bootstrap.servers": servers, "fetch.wait.max.ms": "5", "fetch.max.bytes": "52428800"], groupId: uniqueName("witness"))
        let contract = try TopicContract(mode: .live)
        let topics = types.map { contract.topicName(for: $0) } + [contract.unrecognised]
        try consumer.assign(topics.flatMap { topic in (0..<Int32(contract.partitions)).map { PartitionOffset(TopicPartition(topic: topic, partition: $0), 0) } })
    }

    /// All messages with this id once there is one, ten seconds at most.
    func find(_ id: String) -> [Seen] {
        let end = ContinuousClock.now + .seconds(10)
        while seen[id] == nil, ContinuousClock.now < end { look(.milliseconds(50)) }
        return seen[id] ?? []
    }

    /// Messages with this id among those that were read so far.
    func found(_ id: String) -> [Seen] { seen[id] ?? [] }

    /// Reads until nothing has come for a while.
    func readOn() { while look(.milliseconds(200)) {} }

    @discardableResult
    private func look(_ timeout: Duration) -> Bool {
        let batch = consumer.poll(max: 500, timeout: timeout)
        for index in 0..<batch.count {
            let message = batch[index]
            var headers: [(name: String, value: [UInt8])] = []
            message.forEachHeader { name, value in headers.append((name, value.map(Array.init) ?? [])) }
            let id = headers.first { $0.name == "ce_id" }.map { String(decoding: $0.value, as: UTF8.self) } ?? ""
            seen[id, default: []].append(Seen(topic: message.topic, key: message.key.map(Array.init), body: Array(message.value), headers: headers))
        }
        return batch.count > 0
    }

    func close() { try? consumer.close() }
}
