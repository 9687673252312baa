import CommandLine
import Events
import Foundation
import Simulator
import Surroundings

/// What the benchmarks that run whole programs share.
struct Bench {
    let ground: Ground

    /// PostgreSQL with its durable defaults, and a broker.
    static func prepare() async throws -> Bench {
        let contract = try TopicContract(mode: .live)
        let ground = try await Ground.prepare(
            programs: Bundle.main.bundlePath, topics: contract.topics.map(\.name), partitions: contract.partitions,
            settings: ["shared_buffers=512MB", "max_wal_size=4GB"])
        Standard.print("\(Conditions.machine)\nbroker: \(ground.broker.description)")
        return Bench(ground: ground)
    }

    /// Sends events of endless customers to an ingest and answers how that went.
    ///
    /// - Parameter part: which customers; another part has other ids.
    func send(_ events: Int, part: UInt64, connections: Int, to ingest: RunningProgram) async throws -> SendReport {
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo")
        let sender = Sender(to: endpoint, SendOptions(connections: connections), sign: try Signing.dodo(secret: ground.stack.secret))
        var stream = DeliveryPlan(seed: 1000 + part).deliveries(events: events)
        // Made beforehand: making a customer's life costs more than sending it.
        var deliveries: [Delivery] = []
        while let delivery = stream.next() { deliveries.append(delivery) }
        return try await sender.send(deliveries)
    }
}

/// `15.23`, for a table.
func decimal(_ value: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", value) }
