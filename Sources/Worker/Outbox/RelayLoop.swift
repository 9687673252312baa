import LibPQ
import RdKafka

/// Does what the `RelayMachine` says, on one thread.
final class RelayLoop {
    typealias Make = @Sendable () -> RelayLoop

    private let conninfo: String
    private let kafka: KafkaProperties
    private let source: String
    private let worker: String
    private let signals: WorkerSignals
    private let waker: Waker
    private let isStopping: SharedFlag
    private var machine: RelayMachine
    private var session: RelaySession?
    private var producer: RelayProducer?
    private var isWell = (database: true, kafka: true)
    private var measureAt = -Double.infinity
    private var shown: [Int] = []
    private let begun = ContinuousClock.now

    /// How often the backlog is counted, in seconds.
    private static let measureEvery = 5.0

    init(
        _ conninfo: String, _ kafka: KafkaProperties, source: String, worker: String, signals: WorkerSignals, _ limits: RelayMachine.Limits, _ waker: Waker,
        _ isStopping: SharedFlag
    ) {
        self.conninfo = conninfo
        self.kafka = kafka
        self.source = source
        self.worker = worker
        self.signals = signals
        self.waker = waker
        self.isStopping = isStopping
        machine = RelayMachine(limits)
    }

    private var now: Double { (ContinuousClock.now - begun) / .seconds(1) }

    /// Relays until it is asked to stop and nothing is in flight.
    @available(*, noasync, message: "blocks its thread")
    func run() {
        while true {
            takeReports()
            if isStopping.isRaised { machine.drain() }
            switch machine.next(now: now) {
            case .connect: connect()
            case .look: ask { (session) throws(PostgresError) in try look(session) }
            case .take(let shards): ask { (session) throws(PostgresError) in machine.took(try session.take(shards)) }
            case .give(let shards):
                ask { (session) throws(PostgresError) in
                    try session.give(shards)
                    machine.gave(shards)
                }
            case .exchange(let delete, let read):
                ask { (session) throws(PostgresError) in
                    let known = read.reduce(into: Set<Int64>()) { $0.formUnion(machine.known(in: $1)) }
                    let rows = try session.exchange(delete: delete, read: read, known: known, page: machine.page)
                    machine.exchanged(deleted: delete, read: read, rows: rows)
                }
            case .send(let row, let ticket): send(row, ticket)
            case .purge: producer?.purge()
            case .wait(let time): wait(until: time)
            case .end:
                session?.connection.close()
                return
            }
        }
    }

    // MARK: PostgreSQL

    private func connect() {
        do throws(PostgresError) {
            let session = try RelaySession(conninfo, worker: worker)
            self.session = session
            machine.connected(member: session.member)
            isWell.database = true
            signals.relay.connected()
        } catch { lose(error) }
    }

    private func ask(_ body: (RelaySession) throws(PostgresError) -> Void) {
        guard let session else { return machine.connectionLost(now: now) }
        do throws(PostgresError) {
            try body(session)
            show()
        } catch { lose(error) }
    }

    /// Whatever the error, a new connection is the way on: with the old one go the locks, so somebody else may relay meanwhile.
    private func lose(_ error: PostgresError) {
        signals.relay.notConnected(error, isFirst: isWell.database)
        isWell.database = false
        session?.connection.close()
        session = nil
        machine.connectionLost(now: now)
        show()
    }

    private func look(_ session: RelaySession) throws(PostgresError) {
        machine.looked(try session.view())
        guard now >= measureAt else { return }
        measureAt = now + Self.measureEvery
        let backlog = try session.backlog(machine.held)
        signals.relay.backlog(depth: backlog.depth, ageSeconds: backlog.ageSeconds)
    }

    private func show() {
        guard machine.held != shown else { return }
        shown = machine.held
        measureAt = -.infinity
        signals.relay.holds(shown)
        if shown.isEmpty { signals.relay.backlog(depth: 0, ageSeconds: 0) }
    }

    // MARK: Kafka

    private func send(_ row: OutboxRow, _ ticket: UInt) {
        do throws(KafkaError) {
            if producer == nil {
                producer = try RelayProducer(kafka, source: source, wake: waker.descriptor) { [signals] in signals.kafkaLine($0) }
            }
            try producer?.send(row, ticket: ticket)
        } catch {
            fail(error, row.topic)
            machine.reported(ticket, isWritten: false, now: now)
        }
    }

    private func takeReports() {
        guard let producer else { return }
        let time = now
        var written = 0
        producer.drainReports { ticket, error in
            if let error { fail(error, machine.topic(of: ticket)) } else { written += 1 }
            machine.reported(ticket, isWritten: error == nil, now: time)
        }
        if written > 0 {
            isWell.kafka = true
            signals.relay.relayed(written)
        }
        if producer.isDead {
            self.producer = nil
            machine.producerLost(now: time)
        }
    }

    /// What was purged, or belongs to an earlier connection, is nobody's failure.
    private func fail(_ error: KafkaError, _ topic: String?) {
        guard let topic else { return }
        signals.relay.notWritten(error, topic: topic, isFirst: isWell.kafka)
        isWell.kafka = false
    }

    // MARK: waiting

    private func wait(until time: Double) {
        let seconds = min(max(0, time - now), 1)
        if let session {
            do throws(PostgresError) {
                if try session.connection.waitForNotification(orReadable: waker.descriptor, timeout: .seconds(seconds)) { machine.hinted() }
                waker.clear()
            } catch { lose(error) }
        } else {
            waker.wait(milliseconds: Int32((seconds * 1000).rounded(.up)))
        }
    }
}
