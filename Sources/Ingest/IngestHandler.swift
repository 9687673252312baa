import Events
import Glibc
import HTTPServer
import Observability
import RdKafka
import StandardWebhooks

/// Takes deliveries in: verify, route, publish, and answer once Kafka has spoken (DESIGN §6). All on the loop's thread.
final class IngestHandler: HTTPHandler {
    private let settings: IngestSettings
    private let producer: Producer
    private let publisher: DeliveryPublisher
    private let observatory: Observatory?
    private let signals: IngestSignals
    private let log: Log
    private var signature: SignatureCheck
    private var pending = PendingDeliveries<HTTPExchange>()
    private var limit = ConcurrencyLimit()
    private var queue: AdmissionQueue<HTTPExchange>
    private var clock = SecondClock()
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
        publisher = try DeliveryPublisher(producer, contract, settings.mode, signals)
        self.observatory = observatory
        self.signals = signals
        self.log = log
        self.signature = signature
        queue = settings.admissionGrace.map { AdmissionQueue(grace: UInt64($0 / .nanoseconds(1))) } ?? AdmissionQueue()
        publishNanoseconds = UInt64(settings.publishTimeout / .nanoseconds(1))
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
        now = Self.monotonicNanoseconds()
        return admit(exchange) ?? publish(headers, request.body, exchange)
    }

    private func observe(_ request: borrowing HTTPRequest) -> HTTPAnswer {
        guard let answer = observatory?.answer(request.path.text) else { return .now(Answers.notFound) }
        return .now(HTTPResponse(answer.status, headers: [.init("Content-Type", answer.contentType)], body: Array(answer.body.utf8)))
    }

    // MARK: when it is taken

    /// Says what becomes of a genuine delivery that cannot be handed over now; nil when it can.
    private func admit(_ exchange: HTTPExchange) -> HTTPAnswer? {
        if queue.count == 0, pending.inFlight < limit.current { return nil }
        guard queue.admits(limit: limit.current) else {
            signals.unavailable[.overloaded]?.add()
            return .now(Answers.unavailable)
        }
        queue.enter(exchange, now: now)
        return .postponed
    }

    /// Hands over those who wait, as far as there is room for them.
    private func handOver(_ server: HTTPServer) {
        guard queue.count > 0 else { return }
        clock.update()
        while pending.inFlight < limit.current, let exchange = queue.next() {
            server.revisit(exchange) { request in
                do throws(DeliveryHeaders.Fault) { return publish(try DeliveryHeaders(request), request.body, exchange) } catch {
                    return .now(Answers.malformed)
                }
            }
        }
    }

    // MARK: to Kafka

    private func publish(_ headers: DeliveryHeaders, _ body: UnsafeRawBufferPointer, _ exchange: HTTPExchange) -> HTTPAnswer {
        guard let id = headers.id else { return .now(Answers.unauthorised) }
        let ticket = pending.enter(exchange, now: now, deadline: now + publishNanoseconds)
        guard let failure = publisher.enqueue(headers, id: id, body: body, at: &clock, ticket: ticket) else { return .later }
        _ = pending.leave(ticket)
        limit.failed(now: now)
        signals.unavailable[failure.isQueueFull ? .queueFull : .notWritten]?.add()
        if !failure.isQueueFull { log.error("a delivery could not be enqueued", [.error: failure]) }
        return .now(Answers.unavailable)
    }

    // MARK: answers

    func wokenUp(_ server: HTTPServer) {
        now = Self.monotonicNanoseconds()
        let inFlight = pending.inFlight
        producer.drainReports { ticket, error in
            if error != nil { limit.failed(now: now) }
            guard let (exchange, enqueuedAt) = pending.leave(ticket) else { return signals.lateReports.add() }
            if let error {
                signals.unavailable[.notWritten]?.add()
                log.warning("Kafka did not take a delivery", [.error: error])
                server.respond(exchange, Answers.unavailable)
            } else {
                limit.acknowledged(after: now - enqueuedAt, inFlight: inFlight, now: now)
                signals.publishSeconds.observe(Double(now - enqueuedAt) / 1e9)
                (server.respond(exchange, .noContent) ? signals.accepted : signals.lateReports).add()
            }
        }
        handOver(server)
    }

    func tick(_ server: HTTPServer, now: UInt64) -> UInt64? {
        while let exchange = pending.overdue(now: now) {
            signals.unavailable[.timedOut]?.add()
            server.respond(exchange, Answers.unavailable)
        }
        while let exchange = queue.overdue(now: now, way: limit.way) { if server.respond(exchange, Answers.unavailable) { signals.unavailable[.overloaded]?.add() } }
        signals.waiting.set(pending.waiting + queue.count)
        signals.inFlightLimit.set(limit.current)
        if now >= nextRefresh {
            nextRefresh = now + 1_000_000_000
            refreshSecret()
        }
        return [nextRefresh, pending.nextDeadline(), queue.nextDeadline(way: limit.way)].compactMap { $0 }.min()
    }

    /// The message may be written all the same: the report finds nobody, and a retry of the sender is a duplicate.
    func abandoned(_ exchange: HTTPExchange) {}

    /// Whether nobody waits for Kafka.
    var isIdle: Bool { pending.waiting == 0 && queue.count == 0 }

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
