import Events
import RdKafka

/// The relay's producer: an outbox row becomes a CloudEvent in binary mode. Belongs to one thread.
final class RelayProducer {
    private let producer: Producer
    private let source: String
    private var topics: [String: ProducerTopic] = [:]

    /// What the promise rests on; these hold whatever the environment says.
    private static let promised: KafkaProperties = ["enable.idempotence": "false", "acks": "all", "request.required.acks": "all"]
    private static let standard: KafkaProperties = [
        "linger.ms": "1", "socket.nagle.disable": "true", "message.timeout.ms": "30000", "message.max.bytes": "2097152", "reconnect.backoff.max.ms": "1000",
        "client.id": "nicobar-relay",
    ]

    /// - Parameters:
    ///   - source: `ce_source`.
    ///   - wake: a descriptor to write to when there are reports.
    init(_ properties: KafkaProperties, source: String, wake: Int32, log: @escaping KafkaLogHandler) throws(KafkaError) {
        producer = try Producer(Self.promised.over(properties.over(Self.standard)), reports: .loop, log: log)
        self.source = source
        producer.wakeOnReports(wake)
    }

    deinit { producer.wakeOnReports(-1) }

    /// - Throws: `KafkaError` when nothing was sent, so that no report will come.
    func send(_ row: OutboxRow, ticket: UInt) throws(KafkaError) {
        let topic: ProducerTopic
        if let known = topics[row.topic] { topic = known } else {
            topic = try producer.topic(row.topic)
            topics[row.topic] = topic
        }
        let texts = ["1.0", row.id, source, row.type, row.occurredAt.description, "application/json", row.traceparent ?? "", row.key].map { Array($0.utf8) }
        let names = [
            HeaderName.specVersion, HeaderName.id, HeaderName.source, HeaderName.type, HeaderName.time, HeaderName.contentType, HeaderName.traceParent,
        ].prefix(row.traceparent == nil ? 6 : 7)
        var failure: KafkaError?
        lend(texts[...], []) { lent in
            let headers = names.indices.map { HeaderToSend(names[$0], lent[$0]) }
            row.body.withUnsafeBytes { body in
                do throws(KafkaError) { try producer.enqueue(topic, key: lent[7], value: body, headers: headers, ticket: ticket) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private func lend(_ texts: ArraySlice<[UInt8]>, _ lent: [UnsafeRawBufferPointer], _ body: ([UnsafeRawBufferPointer]) -> Void) {
        guard let first = texts.first else { return body(lent) }
        first.withUnsafeBytes { lend(texts.dropFirst(), lent + [$0], body) }
    }

    func drainReports(_ body: (UInt, KafkaError?) -> Void) { producer.drainReports(body) }
    func purge() { producer.purge() }
    var isDead: Bool { producer.fatalError != nil }
}
