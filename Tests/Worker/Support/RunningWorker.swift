import Foundation
import Observability
import RdKafka
import Settings
import Synchronization
import TestKit
import Worker

/// A worker on a thread of its own, reading memory topics or any other source.
final class RunningWorker: Sendable {
    let runtime: WorkerRuntime
    let handler = ScriptedHandler()
    let metrics = Metrics()
    let health = Health(waitingFor: WorkerSignals.parts)
    private let end = Mutex<WorkerRuntime.End?>(nil)

    /// - Parameters:
    ///   - environment: settings beside the necessary ones.
    ///   - retakeAfter: when a lane that somebody took is taken back; nil for the usual time.
    ///   - relays: whether the outbox is relayed to `KAFKA_BOOTSTRAP_SERVERS`.
    init(
        _ database: WorkerDatabase, environment: [String: String] = [:], limits: LaneLimits = LaneLimits(), retakeAfter: Duration? = nil, relays: Bool = false,
        source: @escaping @Sendable (_ onRebalance: @escaping (Consumer.Rebalance) -> Void) throws(KafkaError) -> any EventSource
    ) throws {
        let given = ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL": database.conninfo]
        var settings = try WorkerSettings(Environment(given.merging(environment) { $1 }), worker: "billing")
        if let retakeAfter { settings.retakeAfter = retakeAfter }
        if !relays { settings.relayConninfo = nil }
        let signals = WorkerSignals(metrics: metrics, health: health, log: Log(program: "test", level: .error, format: .text))
        let runtime = WorkerRuntime(settings, handler: handler, signals: signals, limits: limits)
        self.runtime = runtime
        let thread = Thread { [self] in
            let result = runtime.run(source)
            end.withLock { $0 = result }
        }
        thread.start()
    }

    convenience init(
        _ database: WorkerDatabase, _ topics: MemoryTopics, environment: [String: String] = [:], limits: LaneLimits = LaneLimits(), retakeAfter: Duration? = nil
    ) throws {
        try self.init(database, environment: environment, limits: limits, retakeAfter: retakeAfter) { MemorySource(topics, onRebalance: $0) }
    }

    /// Asks it to stop, and says how it ended; nil when it did not within the limit.
    func stop(within limit: Duration = .seconds(30)) async -> WorkerRuntime.End? {
        runtime.stop()
        _ = await eventually(within: limit) { end.withLock { $0 != nil } }
        return end.withLock { $0 }
    }

    /// The value of a metric's line, 0 when there is none.
    func metric(_ line: String) -> Double {
        for text in metrics.render().split(separator: "\n") where text.hasPrefix(line + " ") { return Double(text.dropFirst(line.count + 1)) ?? 0 }
        return 0
    }
}
