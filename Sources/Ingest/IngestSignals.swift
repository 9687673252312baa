import Observability
import StandardWebhooks

/// What ingest counts (docs/signals.md).
struct IngestSignals: Sendable {
    let accepted: Counter
    let unavailable: [Unavailable: Counter]
    let refused: [String: Counter]
    let unrecognised: Counter
    let verifiedBy: [Counter]
    let publishSeconds: Histogram
    let bodyBytes: Histogram
    let lateReports: Counter
    let waiting: Gauge
    let inFlightLimit: Gauge

    /// Why a genuine delivery was answered 503.
    enum Unavailable: String, CaseIterable { case overloaded, timedOut = "timed-out", queueFull = "queue-full", notWritten = "not-written" }

    /// How many secrets are told apart; later ones count as the last.
    private static let toldApart = 4

    init(_ metrics: Metrics) {
        accepted = metrics.counter("nicobar_ingest_accepted_total", "Deliveries answered 204: Kafka has them.")
        unavailable = Dictionary(uniqueKeysWithValues: Unavailable.allCases.map {
            ($0, metrics.counter("nicobar_ingest_unavailable_total", "Genuine deliveries answered 503, by cause.", labels: [("cause", $0.rawValue)]))
        })
        let reasons = Verification.Refusal.allCases.map(\.rawValue) + DeliveryHeaders.Fault.allCases.map(\.rawValue)
        refused = Dictionary(uniqueKeysWithValues: reasons.map {
            ($0, metrics.counter("nicobar_ingest_refused_total", "Deliveries that are not genuine or not well formed, by reason.", labels: [("reason", $0)]))
        })
        unrecognised = metrics.counter("nicobar_ingest_unrecognised_total", "Genuine deliveries that went to the unrecognised topic.")
        verifiedBy = (1...Self.toldApart).map {
            metrics.counter("nicobar_ingest_verified_total", "Genuine deliveries by the place of the secret that verified them.", labels: [("secret", String($0))])
        }
        publishSeconds = metrics.histogram(
            "nicobar_ingest_publish_seconds", "From the queue to Kafka's acknowledgement.",
            buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        bodyBytes = metrics.histogram("nicobar_ingest_body_bytes", "Bytes of genuine bodies.", buckets: [1024, 2048, 4096, 8192, 16384, 65536, 262_144, 1_048_576])
        lateReports = metrics.counter("nicobar_ingest_late_reports_total", "Acknowledgements that came after the delivery was answered 503 or its sender had gone.")
        waiting = metrics.gauge("nicobar_ingest_waiting", "Deliveries that wait for Kafka now.")
        inFlightLimit = metrics.gauge("nicobar_ingest_in_flight_limit", "How many messages may be under way to Kafka at one time.")
    }

    func countRefusal(_ reason: String) { refused[reason]?.add() }
    func countVerified(by index: Int) { verifiedBy[min(index, Self.toldApart - 1)].add() }
}
