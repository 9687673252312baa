import Dispatch
package import Events
package import RdKafka
import Synchronization
import Threads

/// Relays the outbox to Kafka, on one thread with a connection and a producer of its own (DESIGN §8).
///
/// Every worker process has one; they share the shards among them through PostgreSQL's advisory locks.
package final class OutboxRelay: Sendable {
    private let loop: RelayLoop.Make
    private let waker: Waker
    private let isStopping: SharedFlag
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - conninfo: where the relay connects; not through a pooler.
    ///   - kafka: how brokers are reached; the relay's producer waits for all replicas whatever it says.
    /// - Returns: nil when the process has no descriptor left.
    package init?(
        _ conninfo: String, kafka: KafkaProperties, mode: Mode, worker: String, signals: WorkerSignals, limits: RelayMachine.Limits = RelayMachine.Limits()
    ) {
        guard let waker = Waker() else { return nil }
        let isStopping = SharedFlag()
        self.waker = waker
        self.isStopping = isStopping
        loop = {
            RelayLoop(conninfo, kafka, source: "/nicobar/\(mode == .live ? "live" : "test")/\(worker)", worker: worker, signals: signals, limits, waker, isStopping)
        }
    }

    package func start() {
        SystemThread.start("outbox-relay") { [loop, ended] in
            loop().run()
            ended.signal()
        }
    }

    /// Sends nothing more, waits for the answers to what was sent, and gives all shards up.
    ///
    /// - Parameter deadline: how long to wait.
    /// - Returns: whether it ended in time; if not, the process should.
    @available(*, noasync, message: "blocks its thread")
    package func stop(until deadline: ContinuousClock.Instant) -> Bool {
        isStopping.raise()
        waker.wake()
        return ended.wait(timeout: .now() + max(0, (deadline - .now) / .seconds(1))) == .success
    }
}

/// Something that is false and then, once, true.
final class SharedFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isRaised: Bool { flag.load(ordering: .acquiring) }
    func raise() { flag.store(true, ordering: .releasing) }
}
