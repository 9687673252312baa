import Dispatch
import Events
import Observability
import RdKafka
import Synchronization
import Threads

/// Asks the broker again and again how it is, on a thread of its own, so that readiness follows it also when no deliveries come (DESIGN §6).
final class BrokerProbe: Sendable {
    private let producer: Producer
    private let contract: TopicContract
    private let health: Health
    private let log: Log
    private let interval: Duration
    private let stopped = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private let wake = DispatchSemaphore(value: 0)

    /// The part of health that it speaks for.
    static let part = "kafka"

    init(_ producer: Producer, _ contract: TopicContract, _ health: Health, _ log: Log, every interval: Duration = .seconds(1)) {
        self.producer = producer
        self.contract = contract
        self.health = health
        self.log = log
        self.interval = interval
    }

    /// Starts the thread.
    func start() {
        SystemThread.start("broker-probe") { self.run() }
    }

    /// Ends the thread; a question under way is waited for, two seconds at most.
    func stop() {
        stopped.withLock { $0 = true }
        wake.signal()
        ended.wait()
    }

    private func run() {
        defer { ended.signal() }
        while !stopped.withLock({ $0 }) {
            ask()
            _ = wake.wait(timeout: .now() + .nanoseconds(Int(interval.components.seconds) * 1_000_000_000 + Int(interval.components.attoseconds / 1_000_000_000)))
        }
    }

    private func ask() {
        do throws(KafkaError) {
            let metadata = try producer.metadata(timeout: .seconds(2))
            if let fault = TopicCheck.fault(in: metadata, contract) { tell(false, fault.description) } else { tell(true, "") }
        } catch {
            tell(false, "no broker answers: \(error)")
        }
    }

    private func tell(_ ready: Bool, _ saying: String) {
        guard health.set(Self.part, ready: ready, saying: saying) else { return }
        if ready { log.info("Kafka is ready") } else { log.warning("Kafka is not ready", [.saying: saying]) }
    }
}
