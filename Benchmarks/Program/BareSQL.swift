import Billing
import CommandLine
import Events
import Foundation
import Ingest
import LibCrypto
import LibPQ
import Simulator
import Surroundings
import Worker

/// The limit beside the worker: its own statements in its own transactions of 500 events, made up beforehand in memory; no Kafka, no JSON, no hashing.
struct BareSQL {
    struct Report: Sendable {
        var count = 0
        /// Only the time in which transactions ran.
        var seconds = 0.0
        /// Of PostgreSQL's backends that ran them.
        var backendSeconds = 0.0
    }

    /// The batches of one connection, filled and sent again and again.
    ///
    /// Unchecked Sendable: handed from the thread that fills to the one that sends, which waits for it.
    private final class Share: @unchecked Sendable {
        let connection: Connection
        let batches: [PreparedBatch]
        init(_ conninfo: String, batches count: Int) throws {
            connection = try Connection(conninfo, applicationName: "nicobar-bench-sql")
            try LaneTransaction.prepare(connection, for: BillingHandler())
            batches = (0..<count).map { _ in PreparedBatch() }
        }
    }

    static let batchEvents = 500
    /// Batches of a connection that are in memory at one time.
    private static let slab = 20

    /// Applies events on so many connections, as the worker does on two.
    ///
    /// - Parameter deliveries: events that the database has not seen; those of one key stay on one connection.
    static func apply(_ deliveries: [Delivery], connections: Int, conninfo: String) async throws -> Report {
        let lanes = Self.lanes(deliveries, connections)
        let shares = try await OwnThread.run { try (0..<connections).map { _ in try Share(conninfo, batches: slab) } }
        var report = Report(), places = [Int](repeating: 0, count: connections)
        while zip(places, lanes).contains(where: { $0 < $1.count }) {
            var used = [Int](repeating: 0, count: connections)
            for index in 0..<connections {
                while used[index] < slab, places[index] < lanes[index].count {
                    let end = min(places[index] + batchEvents, lanes[index].count)
                    try shares[index].batches[used[index]].fill(lanes[index][places[index]..<end])
                    report.count += end - places[index]
                    places[index] = end
                    used[index] += 1
                }
            }
            let processes = shares.map(\.connection.serverProcess)
            let cpu = processes.reduce(0) { $0 + ProcessTime(of: $1).seconds }
            let begun = Stopwatch.seconds
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (share, count) in zip(shares, used) {
                    group.addTask { try await OwnThread.run { for batch in share.batches[..<count] { try batch.send(share.connection) } } }
                }
                try await group.waitForAll()
            }
            report.seconds += Stopwatch.seconds - begun
            report.backendSeconds += processes.reduce(0) { $0 + ProcessTime(of: $1).seconds } - cpu
        }
        for share in shares { share.connection.close() }
        return report
    }

    /// Splits events by their keys, as partitions do.
    private static func lanes(_ deliveries: [Delivery], _ count: Int) -> [[Delivery]] {
        let envelope = EnvelopeReader()
        var lanes = [[Delivery]](repeating: [], count: count)
        for delivery in deliveries {
            // FNV-1a.
            let hash = PreparedMessage(delivery, envelope).key.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
            lanes[Int(hash % UInt32(count))].append(delivery)
        }
        return lanes
    }
}

/// One transaction of the worker's, ready to be sent. Belongs to one thread at a time.
final class PreparedBatch {
    private let batch = BillingHandler().makeBatch()
    private let ids = ColumnBuilder(.text), topics = ColumnBuilder(.text), partitions = ColumnBuilder(.int4), offsets = ColumnBuilder(.int8)
    private let eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz), hashes = ColumnBuilder(.bytea), outcomes = ColumnBuilder(.text)

    /// Reads deliveries into columns.
    func fill(_ deliveries: ArraySlice<Delivery>) throws {
        batch.reset()
        for column in columns { column.reset() }
        for (offset, delivery) in deliveries.enumerated() {
            let attempt = Timestamp(seconds: delivery.attemptTimestamp)
            let event = PreparedEvent(delivery)
            try event.lend { try batch.add($0) }
            ids.append(delivery.webhookId)
            topics.append("dodo.\(delivery.typeName)")
            partitions.append(Int64(0))
            offsets.append(Int64(offset))
            eventTimes.append(delivery.event.occurredAt)
            attemptTimes.append(attempt.microseconds)
            event.hash.withUnsafeBytes { hashes.append(bytes: $0) }
            outcomes.append(batch.lastIsStale ? "stale" : "applied")
        }
    }

    /// Runs it in one round trip.
    @available(*, noasync, message: "blocks its thread")
    func send(_ connection: Connection) throws { try connection.pipeline(steps()) }

    /// The statements of the transaction, in order.
    func steps() -> [PipelineStep] {
        let inbox = PipelineStep(prepared: "worker_inbox", [.text("billing")] + columns.map { .array($0) })
        return [PipelineStep(sql: "begin"), inbox] + batch.steps() + [PipelineStep(sql: "commit")]
    }

    private var columns: [ColumnBuilder] { [ids, topics, partitions, offsets, eventTimes, attemptTimes, hashes, outcomes] }
}

/// A delivery as the worker hands it to a stage.
struct PreparedEvent {
    let id: [UInt8]
    let typeName: [UInt8]
    let body: [UInt8]
    let hash: [UInt8]
    let attemptTime: Timestamp

    init(_ delivery: Delivery) {
        id = Array(delivery.webhookId.utf8)
        typeName = Array(delivery.typeName.utf8)
        body = delivery.body
        hash = body.withUnsafeBytes { SHA256.hash($0).withBytes { Array($0) } }
        attemptTime = Timestamp(seconds: delivery.attemptTimestamp)
    }

    /// Lends the event to a call.
    func lend(_ take: (IncomingEvent) throws -> Void) rethrows {
        try id.withUnsafeBytes { id in
            try typeName.withUnsafeBytes { typeName in
                try body.withUnsafeBytes { body in
                    try hash.withUnsafeBytes { hash in
                        try take(IncomingEvent(
                            webhookId: id, typeName: typeName, body: body, eventTime: nil, attemptTime: attemptTime, bodyHash: hash))
                    }
                }
            }
        }
    }
}
