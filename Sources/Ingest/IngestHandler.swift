import Events
import Foundation
import HTTPServer
import Observability
import RdKafka
import StandardWebhooks

/// Takes deliveries in: verify, route, publish, and answer once Kafka has spoken (DESIGN §6). All on the loop's thread.
final class IngestHandler: HTTPHandler {
    private let settings: IngestSettings
    private let producer: Producer
    private let topics: TopicTable
    private let observatory: Observatory?
    private let signals: IngestSignals
    private let log: Log
    private var signature: SignatureCheck
    private let envelope = EnvelopeReader()
    private var pending = PendingDeliveries<HTTPExchange>()
    private var acknowledged = AcknowledgementRate()
    private var clock = SecondClock()
    private var trace = TraceContext()
    private let publishNanoseconds: UInt64
    private var nextRefresh: UInt64 = 0
    /// The turn's monotonic time; read once a turn where that is exact enough.
    private var now: UInt64 = 0

    /// - Parameter observatory: answers `/metrics` and the like here; nil when they are elsewhere.
    init(
        _ settings: IngestSettings, _ producer: Producer, _ contract: TopicContract, _ observatory: Observatory?, _ signals: IngestSignals, _ log: Log,
        _ signature: SignatureCheck
    ) throws(KafkaError) {
        self.settings = settings
        self.producer = producer
        topics = try TopicTable(producer, contract)
        self.observatory = observatory
        self.signals = signals
        self.log = log
        self.signature = signature
        publishNanoseconds = UInt64(settings.publishTimeout / .nanoseconds(1))
        source = settings.mode == .live ? "/dodo-payments/live" : "/dodo-payments/test"
    }

    // MARK: which requests are ours

    func route(_ method: HTTPMethod, _ path: HTTPPath) -> HTTPRoute {
        switch path {
        case "/webhooks/dodo": return method == .post ? .accept(maxBodyBytes: IngestSettings.maxBodyBytes) : .refuse(Answers.onlyPost)
        case "/metrics", "/healthz", "/readyz":
            guard observatory != nil else { return .refuse(Answers.notFound) }
            return method == .get || method == .head ? .accept(maxBodyBytes: 0) : .refuse(Answers.onlyGet)
        default: return .refuse(Answers.notFound)
        }
    }

    func handle(_ request: borrowing HTTPRequest, _ exchange: HTTPExchange) -> HTTPAnswer {
        if request.method != .post { return observe(request) }
        let headers: DeliveryHeaders
        do throws(DeliveryHeaders.Fault) { headers = try DeliveryHeaders(request) } catch {
            signals.countRefusal(error.rawValue)
            return .now(Answers.malformed)
        }
        clock.update()
        switch signature.verify(headers, body: request.body, now: clock.seconds) {
        case .invalid(let refusal):
            signals.countRefusal(refusal.rawValue)
            return .now(Answers.unauthorised)
        case .valid(let index): signals.countVerified(by: index)
        }
        signals.bodyBytes.observe(Double(request.body.count))
        return publish(headers, request.body, exchange)
    }

    private func observe(_ request: borrowing HTTPRequest) -> HTTPAnswer {
        guard let answer = observatory?.answer(request.path.text) else { return .now(Answers.notFound) }
        return .now(HTTPResponse(answer.status, headers: [.init("Content-Type", answer.contentType)], body: Array(answer.body.utf8)))
    }

    // MARK: to Kafka

    private func publish(_ headers: DeliveryHeaders, _ body: UnsafeRawBufferPointer, _ exchange: HTTPExchange) -> HTTPAnswer {
        guard let id = headers.id else { return .now(Answers.unauthorised) }
        now = Self.monotonicNanoseconds()
        if pending.isCongested(now: now, allowed: acknowledged.allowed(now: now)) {
            signals.unavailable[.overloaded]?.add()
            return .now(Answers.unavailable)
        }
        let ticket = pending.enter(exchange, now: now, deadline: now + publishNanoseconds)
        var failure: KafkaError?
        let timestamp = headers.timestamp
        let given = headers.traceParent
        envelope.route(body) { route in
            if route.reason != nil { signals.unrecognised.add() }
            failure = trace.with(given) { trace in
                clock.withText { receivedAt in
                    enqueue(route, id: id, timestamp: timestamp, trace: trace, receivedAt: receivedAt, body: body, ticket: ticket)
                }
            }
        }
        guard let failure else {
            signals.waiting.set(pending.waiting)
            return .later
        }
        _ = pending.leave(ticket)
        signals.unavailable[failure.isQueueFull ? .queueFull : .notWritten]?.add()
        if !failure.isQueueFull { log.error("a delivery could not be enqueued", [.error: failure]) }
        return .now(Answers.unavailable)
    }

    private let source: StaticString

    /// Puts the message into librdkafka's queue; the headers are views, so nothing is allocated for them but the list.
    private func enqueue(
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

    // MARK: answers

    func wokenUp(_ server: HTTPServer) {
        now = Self.monotonicNanoseconds()
        producer.drainReports { ticket, error in
            guard let (exchange, enqueuedAt) = pending.leave(ticket) else { return signals.lateReports.add() }
            if let error {
                signals.unavailable[.notWritten]?.add()
                log.warning("Kafka did not take a delivery", [.error: error])
                server.respond(exchange, Answers.unavailable)
            } else {
                signals.publishSeconds.observe(Double(now - enqueuedAt) / 1e9)
                (server.respond(exchange, .noContent) ? signals.accepted : signals.lateReports).add()
            }
        }
        signals.waiting.set(pending.waiting)
    }

    func tick(_ server: HTTPServer, now: UInt64) -> UInt64? {
        while let exchange = pending.overdue(now: now) {
            signals.unavailable[.timedOut]?.add()
            server.respond(exchange, Answers.unavailable)
        }
        signals.waiting.set(pending.waiting)
        if now >= nextRefresh {
            nextRefresh = now + 1_000_000_000
            refreshSecret()
        }
        return min(nextRefresh, pending.nextDeadline() ?? .max)
    }

    /// The message may be written all the same: the report finds nobody, and a retry of the sender is a duplicate.
    func abandoned(_ exchange: HTTPExchange) {}

    /// Whether nobody waits for Kafka.
    var isIdle: Bool { pending.waiting == 0 }

    private func refreshSecret() {
        switch signature.refresh() {
        case nil: break
        case .success: log.info("the webhook secret was replaced")
        case .failure(let error): log.error("the new content of the secret's file is no webhook secret; the old one stays in force", [.error: error])
        }
    }

    static func monotonicNanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
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
