import LibPQ
import Observability
import RdKafka

/// What a relay counts and says (docs/signals.md). Safe from any thread.
struct RelaySignals: Sendable {
    private let log: Log
    private let metrics: Metrics
    private let depth: Gauge
    private let age: Gauge
    private let relayed: Counter
    private let shards: Gauge

    init(metrics: Metrics, log: Log) {
        self.metrics = metrics
        self.log = log
        depth = metrics.gauge("nicobar_outbox_depth", "Rows that wait in the shards that this process holds, counted up to 100,000.")
        age = metrics.gauge("nicobar_outbox_age_seconds", "How long the oldest row of the shards that this process holds has waited.")
        relayed = metrics.counter("nicobar_outbox_relayed_total", "Rows that a broker has acknowledged.")
        shards = metrics.gauge("nicobar_outbox_shards_held", "Shards of the outbox, of 16, that this process relays.")
    }

    func backlog(depth rows: Int, ageSeconds: Double) {
        depth.set(rows)
        age.set(ageSeconds)
    }

    func relayed(_ rows: Int) { relayed.add(rows) }

    func holds(_ numbers: [Int]) {
        shards.set(numbers.count)
        log.info("shards of the outbox held", [.shards: numbers.map(String.init).joined(separator: " ")])
    }

    /// - Parameter isFirst: whether all was well before; what follows is only counted.
    func notWritten(_ error: KafkaError, topic: String, isFirst: Bool) {
        metrics.counter("nicobar_outbox_failures_total", "Tries of the relay that failed, by cause.", labels: [("cause", error.name)]).add()
        if isFirst { log.warning("an event cannot be relayed; it and those behind it are tried again", [.topic: topic, .error: error]) }
    }

    func notConnected(_ error: PostgresError, isFirst: Bool) {
        metrics.counter("nicobar_outbox_failures_total", "Tries of the relay that failed, by cause.", labels: [("cause", "postgresql")]).add()
        if isFirst { log.warning("the relay has no connection; another process relays meanwhile, if there is one", [.error: error]) }
    }

    func connected() { log.info("the relay is connected") }

    func leftBehind() { log.warning("the relay was still waiting for a broker when the time to stop was over; what it sent is sent again") }
}
