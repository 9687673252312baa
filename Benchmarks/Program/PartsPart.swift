import Billing
import CAllocations
import CommandLine
import Events
import Figures
import Ingest
import LibCrypto
import LibPQ
import Simulator
import StandardWebhooks
import Worker

/// The pieces of the hot paths by themselves, on one thread, each with its time and its allocations an event.
struct PartsPart {
    struct Plan: Sendable {
        var events = 2000
        var rounds = 9
    }

    let plan: Plan
    private let deliveries: [Delivery]
    private let bodies: [[UInt8]]

    init(plan: Plan) {
        self.plan = plan
        deliveries = Array(DeliveryPlan(seed: 1).deliveries(events: plan.events))
        bodies = deliveries.map(\.body)
    }

    var averageBytes: Int { bodies.reduce(0) { $0 + $1.count } / max(1, bodies.count) }

    /// Runs every piece in every round and notes its figures.
    func measure(into run: inout BenchRun) throws {
        let pieces = [("verify", try verifying()), ("scan", scanning()), ("hash", hashing()), ("decode", decoding()), ("encode", encoding())]
        // One round that does not count: caches, and buffers that grow once.
        for (_, piece) in pieces { try piece() }
        let counts = Self.countsAllocations
        for _ in 1...plan.rounds {
            for (name, piece) in pieces { try note(name, counts, piece, into: &run) }
        }
    }

    /// Notes one round of a piece, which handles every event once.
    private func note(_ name: String, _ counts: Bool, _ piece: () throws -> Void, into run: inout BenchRun) rethrows {
        let allocations = nicobar_allocations()
        let begun = Stopwatch.seconds
        try piece()
        let spent = (Stopwatch.seconds - begun) / Double(bodies.count) * 1e6
        let made = nicobar_allocations() - allocations
        run.note("parts.\(name).time", spent, "µs", .ours, .lower)
        // The same on every machine, so a ratio in what it says.
        if counts { run.note("parts.\(name).allocations", Double(made) / Double(bodies.count), "", .ratio, .lower) }
    }

    /// Whether this build counts: one with a sanitizer has another allocator.
    private static var countsAllocations: Bool {
        let before = nicobar_allocations()
        let probe = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
        defer { probe.deallocate() }
        return nicobar_allocations() == before + 1
    }

    // MARK: the pieces

    /// The SHA-256 of a body, which a worker keeps of every event.
    private func hashing() -> () throws -> Void {
        { for body in bodies { _ = body.withUnsafeBytes { SHA256.hash($0).prefix64 } } }
    }

    private func verifying() throws -> () throws -> Void {
        let id = "msg_benchmark_000000000000", seconds: Int64 = 1_767_225_600
        let secret = try WebhookSecret(parsing: "whsec_bmljb2Jhci1iZW5jaG1hcmstc2VjcmV0LTMyYnl0ZXM=")
        let signer = Signer(secret: secret), verifier = Verifier(secrets: [secret])
        let signatures = bodies.map { signer.sign(id: id, timestamp: seconds, body: $0) }
        return {
            for (body, signature) in zip(bodies, signatures) {
                let outcome = verifier.verify(id: id, timestamp: "1767225600", signature: signature, body: body, now: seconds)
                guard outcome.isValid else { throw CommandFailure("a good signature was refused") }
            }
        }
    }

    /// Ingest's reader: type, time and key.
    private func scanning() -> () throws -> Void {
        let reader = EnvelopeReader()
        return {
            for body in bodies {
                var type: EventType?
                body.withUnsafeBytes { reader.route($0) { type = $0.type } }
                guard type != nil else { throw CommandFailure("a good body was not recognised") }
            }
        }
    }

    /// Billing's batch: a body read, checked, and written into the columns that PostgreSQL is sent; a fresh batch every 500 events.
    private func decoding() -> () throws -> Void {
        let batch = BillingHandler().makeBatch()
        let events = deliveries.map { PreparedEvent($0) }
        return {
            for (number, event) in events.enumerated() {
                if number % 500 == 0 { batch.reset() }
                try event.lend { try batch.add($0) }
            }
        }
    }

    /// The columns alone: thirty short ones of three forms, and the body as JSON.
    private func encoding() -> () throws -> Void {
        let texts = (0..<20).map { _ in ColumnBuilder(.text) }, numbers = (0..<6).map { _ in ColumnBuilder(.int8) }
        let times = (0..<4).map { _ in ColumnBuilder(.timestamptz) }, documents = ColumnBuilder(.json)
        let id = Array("pay_0123456789abcdefghijkl".utf8)
        return {
            for (number, body) in bodies.enumerated() {
                if number % 500 == 0 { for column in texts + numbers + times + [documents] { column.reset() } }
                id.withUnsafeBytes { id in for column in texts { column.append(bytes: id) } }
                for column in numbers { column.append(Int64(number)) }
                for column in times { column.append(Int64(1_767_225_600_000_000)) }
                body.withUnsafeBytes { documents.append(bytes: $0) }
            }
        }
    }
}
