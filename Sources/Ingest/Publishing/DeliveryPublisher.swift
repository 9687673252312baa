import Events
import Observability
import RdKafka

/// Makes a verified delivery a message and gives it to librdkafka. Belongs to one thread.
final class DeliveryPublisher {
    private let producer: Producer
    private let topics: TopicTable
    private let signals: IngestSignals
    private let source: StaticString
    private let envelope = EnvelopeReader()
    private var trace = TraceContext()

    /// - Throws: `KafkaError` when librdkafka does not take a topic's name.
    init(_ producer: Producer, _ contract: TopicContract, _ mode: Mode, _ signals: IngestSignals) throws(KafkaError) {
        self.producer = producer
        topics = try TopicTable(producer, contract)
        self.signals = signals
        source = mode == .live ? "/dodo-payments/live" : "/dodo-payments/test"
    }

    /// Puts the message into librdkafka's queue, which copies what is lent here.
    ///
    /// - Parameters:
    ///   - id: the delivery's `webhook-id`.
    ///   - clock: says when it was received.
    ///   - ticket: comes back with the report.
    /// - Returns: why it could not be enqueued; nil when it was.
    func enqueue(_ headers: DeliveryHeaders, id: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, at clock: inout SecondClock, ticket: UInt) -> KafkaError? {
        var failure: KafkaError?
        envelope.route(body) { route in
            if route.reason != nil { signals.unrecognised.add() }
            failure = trace.with(headers.traceParent) { trace in
                clock.withText { receivedAt in
                    send(route, id: id, timestamp: headers.timestamp, trace: trace, receivedAt: receivedAt, body: body, ticket: ticket)
                }
            }
        }
        return failure
    }

    /// The headers are views, so nothing is allocated for them but the list.
    private func send(
        _ route: EnvelopeReader.Route, id: UnsafeRawBufferPointer, timestamp: UnsafeRawBufferPointer?, trace: UnsafeRawBufferPointer,
        receivedAt: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, ticket: UInt
    ) -> KafkaError? {
        withoutEscape(route.reason) { reason in
            var list: [HeaderToSend] = []
            list.reserveCapacity(10)
            list.append(HeaderToSend(HeaderName.specVersion, constant("1.0")))
            list.append(HeaderToSend(HeaderName.id, id))
            list.append(HeaderToSend(HeaderName.source, constant(source)))
            list.append(HeaderToSend(HeaderName.type, route.typeName ?? constant("dodo.unrecognised")))
            if let time = route.time { list.append(HeaderToSend(HeaderName.time, time)) }
            list.append(HeaderToSend(HeaderName.contentType, constant("application/json")))
            if let timestamp { list.append(HeaderToSend(HeaderName.webhookTimestamp, timestamp)) }
            list.append(HeaderToSend(HeaderName.receivedAt, receivedAt))
            list.append(HeaderToSend(HeaderName.traceParent, trace))
            if let reason { list.append(HeaderToSend(HeaderName.unrecognisedReason, reason)) }
            do throws(KafkaError) {
                try producer.enqueue(topics[route.type], key: route.key ?? id, value: body, headers: list, ticket: ticket)
                return nil
            } catch { return error }
        }
    }
}

/// The bytes of a constant of the program.
private func constant(_ text: StaticString) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
}

/// Lends the bytes of a text, if there is one.
private func withoutEscape<Value>(_ text: String?, _ body: (UnsafeRawBufferPointer?) -> Value) -> Value {
    guard var text else { return body(nil) }
    return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
}
