import CommandLine
import Events
import Figures
import Foundation
import LibPQ
import Simulator
import Surroundings

/// What the benchmarks that run whole programs share: the ground, the stories, and a broker that is warm.
struct Bench {
    let ground: Ground
    let contract: TopicContract

    /// PostgreSQL with its durable defaults (synchronous_commit on, autovacuum on) and room to work in; each setting has its reason.
    static let postgresSettings = [
        "shared_buffers=512MB",
        // No checkpoint by size within a round; each round begins right behind one.
        "max_wal_size=8GB", "checkpoint_timeout=30min",
        // Tells when a row was committed, for a few bytes a transaction; and how long the disk took for it.
        "track_commit_timestamp=on", "track_wal_io_timing=on",
    ]

    /// Says which products come with licences: the one of the demo.
    static let catalogue = "deploy/local/catalogue.json"
    /// The secret that the licences of this run's database are made with; it keeps to the first it has seen.
    static let masterSecret: String = {
        var random = SystemRandomNumberGenerator()
        return Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }).base64EncodedString()
    }()

    /// Makes the ground, lends it, and takes it away again however that ends.
    static func with<Value>(_ body: (Bench) async throws -> Value) async throws -> Value {
        let contract = try TopicContract(mode: .live)
        let ground = try await Ground.prepare(
            programs: Bundle.main.bundlePath, topics: contract.topics.map(\.name), partitions: contract.partitions, settings: postgresSettings)
        let bench = Bench(ground: ground, contract: contract)
        Standard.print("broker: \(ground.broker.description)")
        do {
            let value = try await body(bench)
            await ground.remove()
            return value
        } catch {
            await ground.remove()
            throw error
        }
    }

    /// Deliveries of endless customers, held in memory.
    ///
    /// - Parameter part: which customers; another part has other ids.
    func deliveries(_ count: Int, part: UInt64) -> [Delivery] { Array(DeliveryPlan(seed: 1000 + part).deliveries(events: count)) }

    /// Sends deliveries to an ingest, and fails unless all were accepted.
    ///
    /// - Parameters:
    ///   - rate: deliveries a second on a fixed schedule (open loop); nil for a closed loop.
    ///   - mayRefuse: whether some may be refused, as ingest does when Kafka cannot follow.
    func send(
        _ deliveries: [Delivery], connections: Int, rate: Double? = nil, to ingest: RunningProgram, mayRefuse: Bool = false,
        onAnswer: OnAnswer? = nil
    ) async throws -> SendReport {
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo")
        let sender = Sender(
            to: endpoint, SendOptions(connections: connections, rate: rate), sign: try Signing.dodo(secret: ground.stack.secret), onAnswer: onAnswer)
        let report = try await sender.send(deliveries)
        guard report.accepted == deliveries.count || mayRefuse && report.accepted > 0 else {
            throw CommandFailure("only \(report.accepted) of \(deliveries.count) deliveries were accepted, so the figures would mean nothing; statuses: \(report.statuses)")
        }
        return report
    }

    /// Writes events until the broker has come to its pace, and answers how many that took.
    @discardableResult
    func warmUp(slab: Int) async throws -> Int {
        let prepared = PreparedMessage.all(of: deliveries(slab, part: 0))
        var warmth = Warmth()
        let producer = try BareProducer(ground.broker.bootstrapServers, contract, packed: true)
        while !warmth.isEnough { warmth.note(rate: try await producer.send(prepared, inFlight: 64).rate) }
        Standard.print("warm-up: \(warmth.slabs * slab) messages\(warmth.isSteady ? "" : "; the broker did not come to a steady pace, so take the figures with care")")
        return warmth.slabs * slab
    }

    /// Every measured interval begins with fresh statistics and nothing left to write.
    func settle() async throws { try await withDatabase { try $0.execute("analyze"); try $0.execute("checkpoint") } }

    /// Runs blocking work with a connection to the database, on a thread of its own.
    func withDatabase<Value: Sendable>(_ name: String = "nicobar-bench", _ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        let conninfo = ground.stack.database
        return try await OwnThread.run {
            let connection = try Connection(conninfo, applicationName: name)
            defer { connection.close() }
            return try body(connection)
        }
    }
}

/// `15.23`, for a table.
func decimal(_ value: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", value) }
