import FoundationEssentials
import LibPQ
package import Observability
package import RdKafka

/// What a worker counts and says (docs/signals.md). Safe from any thread.
package struct WorkerSignals: Sendable {
    let log: Log
    private let health: Health
    let metrics: Metrics
    private let outcomes: (applied: Counter, refreshed: Counter, stale: Counter, ignored: Counter, duplicate: Counter, deadLettered: Counter)
    private let batchEvents: Histogram
    private let batchSeconds: Histogram
    private let fenceLosses: Counter
    let relay: RelaySignals
    let obstacle: Obstacle
    let notices: NoticeBoard

    /// The parts of health that a worker speaks for.
    package static let parts = ["kafka", "postgresql"]

    package init(metrics: Metrics, health: Health, log: Log) {
        self.metrics = metrics
        self.health = health
        self.log = log
        func outcome(_ name: String) -> Counter {
            metrics.counter("nicobar_worker_events_total", "Events that were dealt with, by outcome.", labels: [("outcome", name)])
        }
        outcomes = (outcome("applied"), outcome("refreshed"), outcome("stale"), outcome("ignored"), outcome("duplicate"), outcome("dead-lettered"))
        batchEvents = metrics.histogram("nicobar_worker_batch_events", "Events of one transaction.", buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000])
        batchSeconds = metrics.histogram(
            "nicobar_worker_batch_seconds", "How long a transaction took, reading its events included.",
            buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        fenceLosses = metrics.counter("nicobar_worker_fence_losses_total", "Transactions that failed because another process had taken the lane.")
        relay = RelaySignals(metrics: metrics, log: log)
        obstacle = Obstacle(health: health, log: log)
        notices = NoticeBoard(metrics: metrics, log: log)
    }

    /// Registers what is only known when asked: how old the oldest unapplied event of each lane is.
    package func observe(_ book: LaneBook) {
        let metrics = metrics
        let lanes = metrics.gauge("nicobar_worker_lanes", "Lanes that are this process's now.")
        let paused = metrics.gauge("nicobar_worker_paused_lanes", "Lanes with so much in hand that nothing is fetched for them.")
        metrics.beforeRendering {
            let oldest = book.oldest, now = Date().timeIntervalSince1970
            lanes.set(oldest.count)
            paused.set(book.pausedLanes)
            for (lane, milliseconds) in oldest {
                metrics.gauge("nicobar_worker_seconds_behind", "Age of the oldest event in hand that is not applied.", labels: [("lane", String(lane))])
                    .set(milliseconds.map { max(0, now - Double($0) / 1000) } ?? 0)
            }
        }
    }

    func count(_ outcome: BatchOutcome, events: Int, seconds: Double) {
        outcomes.applied.add(outcome.applied)
        outcomes.refreshed.add(outcome.refreshed)
        outcomes.stale.add(outcome.stale)
        outcomes.ignored.add(outcome.ignored)
        outcomes.duplicate.add(outcome.duplicates)
        outcomes.deadLettered.add(outcome.deadLetters.count)
        batchEvents.observe(Double(events))
        batchSeconds.observe(seconds)
        notices.take(outcome.notices)
        // A line for each cause and not for each event: whoever is flooded with poison is not to be flooded with lines too.
        for (reason, parked) in Dictionary(grouping: outcome.deadLetters, by: \.self).sorted(by: { $0.key < $1.key }) {
            metrics.counter("nicobar_worker_dead_letters_total", "Events that were parked, by reason.", labels: [("reason", reason)]).add(parked.count)
            log.warning("events were parked as dead letters", [.reason: reason, .events: parked.count])
        }
    }

    func databaseAnswers() {
        if health.set("postgresql", ready: true) { log.info("PostgreSQL is ready") }
    }

    func databaseFails(_ error: PostgresError) {
        if health.set("postgresql", ready: false, saying: Self.saying(error)) { log.warning("PostgreSQL is not ready", [.error: error]) }
    }

    func retry(_ error: PostgresError, attempt: Int, seconds: Double) {
        if error.isObstacle { obstacle.met(error) } else { databaseFails(error) }
        metrics.counter("nicobar_worker_retries_total", "Transactions that are tried again, by cause.", labels: [("cause", Self.cause(error))]).add()
        log.debug("a batch is tried again", [.error: error, .attempt: attempt, .seconds: seconds])
    }

    func fenceLost(lane: Int32) {
        fenceLosses.add()
        log.warning("another process has taken the lane; nothing was written", [.lane: lane])
    }

    func tookLane(_ lane: Int32, epoch: Int64) { log.info("lane taken", [.lane: lane, .epoch: epoch]) }

    func lanes(_ word: StaticString, _ numbers: [Int32]) {
        log.info(word, [.lanes: numbers.sorted().map(String.init).joined(separator: " ")])
    }

    func kafka(ready: Bool, _ saying: String = "") {
        guard health.set("kafka", ready: ready, saying: saying) else { return }
        if ready { log.info("Kafka is ready") } else { log.warning("Kafka is not ready", [.saying: saying]) }
    }

    func trouble(_ error: KafkaError) { log.warning("Kafka reports trouble", [.error: error]) }

    package func kafkaLine(_ line: KafkaLogLine) { log.debug("librdkafka", [.kafkaFacility: line.facility, .kafkaMessage: line.message]) }

    func stopping() {
        health.set("stopping", ready: false, saying: "stopping: batches at work are finished")
        log.info("stopping")
    }

    func stopped() { log.info("stopped") }

    private static func cause(_ error: PostgresError) -> String {
        if error.isObstacle { return "stage" }
        return switch error.kind {
        case .connection: "connection"
        case .transient: "transient"
        case .record: "record"
        case .programming: "schema"
        }
    }

    private static func saying(_ error: PostgresError) -> String {
        error.kind == .programming ? "the schema does not fit this program, which waits for it: \(error)" : "waiting for PostgreSQL: \(error)"
    }
}
