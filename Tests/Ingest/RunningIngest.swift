import Events
import Foundation
@testable import Ingest
import Observability
import RdKafka
import Settings
import StandardWebhooks
import Surroundings
import Synchronization
import TestKit

/// A real `IngestService` on a thread of its own, with settings of its own, and what it said.
final class RunningIngest: Sendable {
    static let secret = "whsec_" + Data("ingest-tests-secret-of-32-bytes!".utf8).base64EncodedString()

    let service: IngestService
    let metrics = Metrics()
    let health = Health(waitingFor: ["kafka"])
    private let output: Lines
    private let outcome = Mutex<Bool?>(nil)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Starts it; it listens when this comes back. Blocking.
    ///
    /// - Parameters:
    ///   - servers: the broker.
    ///   - variables: added to what it is started with; an empty one takes the standard one away.
    ///   - grace: how long a delivery may wait before that counts as an overload; nil for the usual time.
    init(_ servers: String, _ variables: [String: String] = [:], grace: Duration? = nil) throws {
        let standard = ["KAFKA_BOOTSTRAP_SERVERS": servers, "DODO_PAYMENTS_WEBHOOK_SECRET": Self.secret, "NICOBAR_LISTEN": "127.0.0.1:0"]
        var settings = try IngestSettings(Environment(standard.merging(variables) { $1 }))
        settings.admissionGrace = grace
        let written = Lines()
        let log = Log(program: "ingest", level: .debug, format: .json) { line in written.append(line) }
        metrics.observeProcess()
        service = try IngestService(settings, metrics: metrics, health: health, log: log)
        output = written
        let thread = Thread { [self] in
            let ended = service.run()
            outcome.withLock { $0 = ended }
            hasEnded.signal()
        }
        thread.name = "ingest"
        thread.start()
    }

    var log: [String] { output.all }

    var port: UInt16 { service.address.port }
    func client() throws -> RawClient { try RawClient(port: port) }

    var isReady: Bool { health.isReady }

    /// What SIGTERM does.
    func beginToStop() { service.stop() }

    /// Stops it and waits until it has ended.
    ///
    /// - Returns: what `run` said: whether everything in flight was finished; nil when it does not end.
    @discardableResult
    func stop() -> Bool? {
        service.stop()
        return end()
    }

    /// Waits until it has ended by itself, twenty seconds at most.
    func end() -> Bool? {
        guard hasEnded.wait(timeout: .now() + 20) == .success else { return nil }
        hasEnded.signal()
        return outcome.withLock { $0 }
    }

    /// Sends one request on a connection of its own and reads the answer.
    func ask(_ bytes: [UInt8]) throws -> RawClient.Answer? {
        let client = try client()
        client.send(bytes)
        return client.answer()
    }

    /// The value of a series as `/metrics` has it.
    func metric(_ series: String) -> Double? {
        metrics.render().split(separator: "\n").first { $0.hasPrefix(series + " ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    /// Lines that were logged.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func append(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }
}

/// The tests' broker with all topics, once a process.
actor IngestBroker {
    static let shared = IngestBroker()
    private var starting: Task<String, any Error>?

    func servers() async throws -> String {
        let start = starting ?? Task {
            let broker = try await TestBroker.shared()
            try await Self.prepare(broker)
            return broker.bootstrapServers
        }
        starting = start
        return try await start.value
    }

    /// Makes every topic of the contract.
    static func prepare(_ broker: Broker) async throws {
        let contract = try TopicContract(mode: .live)
        try await broker.createTopics(contract.topics.map(\.name), partitions: contract.partitions)
    }
}
