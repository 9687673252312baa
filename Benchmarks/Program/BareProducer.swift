import CommandLine
import Events
import Ingest
import RdKafka
import Simulator
import Surroundings

/// The limit beside ingest: librdkafka alone with ingest's properties, topics, keys, bytes and headers; no HTTP, no verification. One `send` at a time.
final class BareProducer: Sendable {
    /// What came of sending.
    struct Report: Sendable {
        var count = 0
        var seconds = 0.0
        /// Of this whole process, librdkafka's threads included.
        var cpuSeconds = 0.0
        var latency = LatencyHistogram()
        var rate: Double { Double(count) / seconds }
    }

    private let producer: Producer
    private let byType: [EventType: ProducerTopic]
    private let unrecognised: ProducerTopic

    /// - Parameter packed: whether requests are put together, as ingest does it; without that it is librdkafka alone.
    init(_ bootstrapServers: String, _ contract: TopicContract, packed: Bool) throws {
        let properties: KafkaProperties = ["bootstrap.servers": bootstrapServers, "client.id": "nicobar-bench"]
        producer = try Producer(
            IngestService.promised.over(properties.over(IngestService.properties(packed: packed))), reports: .loop, packsRequests: packed)
        var byType: [EventType: ProducerTopic] = [:]
        for type in EventType.allCases { byType[type] = try producer.topic(contract.topicName(for: type)) }
        self.byType = byType
        unrecognised = try producer.topic(contract.unrecognised)
    }

    /// Sends messages that are there already, on a thread of its own.
    func send(_ messages: [PreparedMessage], inFlight: Int) async throws -> Report {
        try await OwnThread.run {
            var rest = messages[...]
            return try self.run(inFlight) { rest.popFirst() }
        }
    }

    /// Makes and sends so many events of a plan, as fast as both go: to fill topics, not to measure.
    func load(_ events: Int, _ plan: DeliveryPlan) async throws {
        _ = try await OwnThread.run {
            var stream = plan.deliveries(events: events)
            let envelope = EnvelopeReader()
            return try self.run(5000) { stream.next().map { PreparedMessage($0, envelope) } }
        }
    }

    /// Keeps so many messages under way until there are no more, and every one is acknowledged.
    @available(*, noasync, message: "blocks its thread")
    private func run(_ inFlight: Int, _ next: () -> PreparedMessage?) throws -> Report {
        guard let waker = Waker() else { throw CommandFailure("no eventfd can be had") }
        producer.wakeOnReports(waker.descriptor)
        defer { producer.wakeOnReports(-1) }
        var report = Report()
        var begun = [Double](repeating: 0, count: inFlight), free = Array(0..<inFlight), isDone = false
        var failure: KafkaError?
        let start = Stopwatch.seconds, cpu = ProcessTime.ownSeconds
        while !isDone || free.count < inFlight {
            while !isDone, let slot = free.last {
                guard let message = next() else { isDone = true; break }
                free.removeLast()
                begun[slot] = Stopwatch.seconds
                try enqueue(message, ticket: UInt(slot))
            }
            let taken = producer.drainReports { ticket, error in
                let now = Stopwatch.seconds
                report.latency.record(nanoseconds: Int64((now - begun[Int(ticket)]) * 1e9))
                report.count += 1
                free.append(Int(ticket))
                if let error { failure = error }
            }
            if let failure { throw CommandFailure("Kafka did not take a message: \(failure)") }
            if taken == 0 { waker.wait(milliseconds: 100) }
        }
        report.seconds = Stopwatch.seconds - start
        report.cpuSeconds = ProcessTime.ownSeconds - cpu
        return report
    }

    private func enqueue(_ message: PreparedMessage, ticket: UInt) throws {
        let topic = message.type.flatMap { byType[$0] } ?? unrecognised
        // One buffer for all that varies, so that preparing the headers costs the limit as little as it can.
        try message.headerValues.withUnsafeBytes { all in
            func value(_ number: Int) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(rebasing: all[(number == 0 ? 0 : message.ends[number - 1])..<message.ends[number]])
            }
            let headers = [
                HeaderToSend(HeaderName.specVersion, Self.constant("1.0")), HeaderToSend(HeaderName.id, value(0)),
                HeaderToSend(HeaderName.source, Self.constant("/dodo-payments/live")), HeaderToSend(HeaderName.type, value(1)),
                HeaderToSend(HeaderName.time, value(2)), HeaderToSend(HeaderName.contentType, Self.constant("application/json")),
                HeaderToSend(HeaderName.webhookTimestamp, value(3)), HeaderToSend(HeaderName.receivedAt, value(4)),
                HeaderToSend(HeaderName.traceParent, value(5)),
            ]
            try message.key.withUnsafeBytes { key in
                try message.body.withUnsafeBytes { body in try producer.enqueue(topic, key: key, value: body, headers: headers, ticket: ticket) }
            }
        }
    }

    private static func constant(_ text: StaticString) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) }
}
