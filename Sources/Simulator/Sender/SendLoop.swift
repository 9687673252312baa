import Glibc
import Readiness

/// The sender's loop: takes deliveries as connections and schedule allow, and accounts for every answer.
struct SendLoop: ~Copyable {
    private struct Flight {
        let delivery: Delivery
        let intendedAt: Int64
        let startedAt: Int64
        let fate: MessageAttempts
    }

    private struct Retry {
        let delivery: Delivery
        let fate: MessageAttempts
    }

    private let options: SendOptions
    private let sign: Sign
    private let onAnswer: OnAnswer?
    private let writer: RequestWriter
    private let connections: [ClientConnection]
    private var flights: [Flight?]
    private var idle: [Int]
    private var retries = DueQueue<Retry>()
    /// Flights by deadline, the earliest first; one that was answered meanwhile is skipped.
    private var deadlines = DueQueue<(connection: Int, startedAt: Int64)>()
    private var report = SendReport()
    private let ladder: RetryLadder
    private let timeout: Int64
    private var readiness: Readiness
    /// What each connection is watched for: which of its sockets, and whether it is to be written.
    private var watched: [(opening: Int, writing: Bool)]

    init(_ endpoint: Endpoint, _ options: SendOptions, _ sign: @escaping Sign, _ onAnswer: OnAnswer?) throws(Endpoint.Fault) {
        let address = try endpoint.resolve()
        guard let readiness = Readiness() else { throw Endpoint.Fault(description: "cannot watch sockets: \(String(cString: strerror(errno)))") }
        self.readiness = readiness
        watched = Array(repeating: (0, false), count: options.connections)
        self.options = options
        self.sign = sign
        self.onAnswer = onAnswer
        writer = RequestWriter(endpoint)
        connections = (0..<options.connections).map { _ in ClientConnection(address) }
        flights = Array(repeating: nil, count: options.connections)
        idle = Array((0..<options.connections).reversed())
        // Without a ladder a message has one attempt.
        ladder = options.ladder ?? RetryLadder(delays: [0])
        timeout = Int64(options.timeoutSeconds * 1e9)
    }

    mutating func run(_ next: () -> Delivery?, stopped: () -> Bool) -> SendReport {
        let began = Clock.nanoseconds()
        let interval = options.rate.map { 1e9 / $0 }
        var scheduled = 0
        var exhausted = false
        while true {
            let now = Clock.nanoseconds()
            let stop = stopped()
            if stop { exhausted = true }
            var intended: Int64?
            while !idle.isEmpty {
                if !stop, let retry = retries.pop(by: Clock.nanoseconds()) {
                    report.retries += 1
                    launch(retry.delivery, intendedAt: Clock.nanoseconds(), retry.fate)
                    continue
                }
                if exhausted { break }
                if let interval {
                    let due = began + Int64(interval * Double(scheduled))
                    guard due <= Clock.nanoseconds() else { intended = due; break }
                }
                guard let delivery = next() else { exhausted = true; break }
                let at = interval.map { began + Int64($0 * Double(scheduled)) } ?? Clock.nanoseconds()
                scheduled += 1
                launch(delivery, intendedAt: at, MessageAttempts(ladder))
            }
            let busy = idle.count < connections.count
            if exhausted, !busy, stop || retries.isEmpty { break }
            expire(now)
            wait(until: [intended, idle.isEmpty ? nil : retries.earliest, deadlines.earliest, now + 100_000_000])
        }
        report.seconds = Double(Clock.nanoseconds() - began) / 1e9
        return report
    }

    private mutating func launch(_ delivery: Delivery, intendedAt: Int64, _ fate: MessageAttempts) {
        guard let index = idle.popLast() else { return }
        let timestamp = delivery.timestamp(wallSeconds: Clock.wallSeconds())
        writer.write(headers: sign(delivery.webhookId, timestamp, delivery.body), body: delivery.body, into: &connections[index].request)
        let started = Clock.nanoseconds()
        flights[index] = Flight(delivery: delivery, intendedAt: intendedAt, startedAt: started, fate: fate)
        deadlines.insert((index, started), due: started + timeout)
        report.attempts += 1
        report.bodyBytes += delivery.body.count
        settle(index, connections[index].start())
        watch(index)
    }

    private mutating func settle(_ index: Int, _ event: ClientConnection.Event) {
        guard let flight = flights[index] else { return }
        switch event {
        case .nothing: return
        case .staleBeforeAnswer: return settle(index, connections[index].start())
        case .answered(let status):
            let nanoseconds = Clock.nanoseconds() - flight.intendedAt
            report.latency.record(nanoseconds: nanoseconds)
            onAnswer?(flight.delivery, status, nanoseconds)
            report.statuses[status, default: 0] += 1
            if (200..<300).contains(status) {
                report.accepted += 1
                report.acceptedLatency.record(nanoseconds: Clock.nanoseconds() - flight.startedAt)
            }
            conclude(index, flight, status)
        case .unreachable:
            report.unreachable += 1
            conclude(index, flight, nil)
        case .malformed:
            report.malformed += 1
            conclude(index, flight, nil)
        }
    }

    private mutating func conclude(_ index: Int, _ flight: Flight, _ status: Int?) {
        flights[index] = nil
        idle.append(index)
        var fate = flight.fate
        switch fate.ended(status: status, at: Double(Clock.nanoseconds()) / 1e9) {
        case .delivered: break
        case .failed: report.givenUp += 1
        case .attempt(let attempt, let at):
            let delay = ladder.delay(before: attempt) ?? 0
            retries.insert(Retry(delivery: flight.delivery.retried(afterSeconds: delay), fate: fate), due: Int64(at * 1e9))
        }
    }

    /// Ends the attempts whose patience has run out.
    private mutating func expire(_ now: Int64) {
        while let (index, started) = deadlines.pop(by: now) {
            guard let flight = flights[index], flight.startedAt == started else { continue }
            connections[index].drop()
            report.timedOut += 1
            conclude(index, flight, nil)
        }
    }

    private mutating func wait(until moments: [Int64?]) {
        let pause = (moments.compactMap { $0 }.min() ?? 0) - Clock.nanoseconds()
        for index in readiness.wait(nanoseconds: pause) {
            settle(index, connections[index].ready())
            watch(index)
        }
    }

    /// Has the connection's socket watched as it wants to be now.
    private mutating func watch(_ index: Int) {
        let connection = connections[index], writing = connection.wantsToWrite
        guard connection.descriptor >= 0, watched[index] != (connection.openings, writing) else { return }
        watched[index] = (connection.openings, writing)
        guard !readiness.watch(connection.descriptor, tag: index, writing: writing) else { return }
        connection.drop()
        settle(index, .unreachable)
    }
}
