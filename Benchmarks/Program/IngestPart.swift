import CommandLine
import Figures
import Simulator
import Surroundings

/// Signed deliveries over HTTP into Kafka, beside librdkafka alone in the same round.
struct IngestPart {
    /// What is measured, and for how long.
    struct Plan: Sendable {
        var events = 50_000
        var rounds = 5
        /// Closed loops: each connection sends its next delivery when the last is answered.
        var connections = [8, 64, 256]
        /// Open loops: deliveries a second, due on a schedule whatever comes back.
        var rates = [2000, 10_000]
        var openSeconds = 5
        /// Messages that the bare producer keeps under way.
        var inFlight = 64
        /// Connections of an open loop: more than are ever needed at once unless ingest stands still.
        static let openConnections = 128
    }

    let plan: Plan
    let bench: Bench

    /// Runs every round and notes its figures. The broker is warm already.
    func measure(into run: inout BenchRun) async throws {
        let most = max(plan.events, (plan.rates.max() ?? 0) * plan.openSeconds)
        // Made beforehand and used in every round: making a customer's life costs more than sending it, and to ingest an id is as good the second time.
        let deliveries = bench.deliveries(most, part: 1)
        let prepared = PreparedMessage.all(of: Array(deliveries.prefix(plan.events)))
        run.note("ingest.body-bytes", Double(deliveries.reduce(0) { $0 + $1.body.count }) / Double(most), "B", .note, .lower)
        let bare = try BareProducer(bench.ground.broker.bootstrapServers, bench.contract, packed: false)
        let packed = try BareProducer(bench.ground.broker.bootstrapServers, bench.contract, packed: true)
        let ingest = try await bench.ground.stack.startIngest()
        _ = try await bench.send(Array(deliveries.prefix(min(most, 10_000))), connections: 64, to: ingest)
        for producer in [bare, packed] { _ = try await producer.send(Array(prepared.prefix(10_000)), inFlight: plan.inFlight) }
        for round in 1...plan.rounds {
            let limit = try await send(prepared, bare, "ingest.bare", .limit, into: &run)
            _ = try await send(prepared, packed, "ingest.packed", .note, into: &run)
            for connections in plan.connections {
                // A few connections send less in the same time.
                let share = deliveries.prefix(max(plan.events * min(connections, 64) / 64, min(plan.events, 10_000)))
                let cost = try await send(Array(share), connections: connections, rate: nil, "ingest.closed.\(connections)", ingest, into: &run)
                run.note("ingest.closed.\(connections).rate-of-bare", cost.rate / limit.rate, "", .ratio, .higher)
                run.note("ingest.closed.\(connections).cpu-of-bare", cost.cpu / (limit.cpuSeconds / Double(limit.count)), "", .ratio, .lower)
            }
            for rate in plan.rates {
                _ = try await send(
                    Array(deliveries.prefix(rate * plan.openSeconds)), connections: Plan.openConnections, rate: Double(rate), "ingest.open.\(rate)", ingest, into: &run)
            }
            let memory = ResidentMemory(of: ingest.process.pid)
            run.note("ingest.resident-end", memory.now, "MiB", .ours, .lower)
            run.note("ingest.resident-peak", memory.peak, "MiB", .ours, .lower)
            Standard.print("ingest: round \(round) of \(plan.rounds)")
        }
        guard await ingest.process.stop() == 0 else { throw CommandFailure("ingest did not end in good order:\n\(ingest.process.tail())") }
    }

    /// Sends once and notes what it cost.
    private func send(
        _ deliveries: [Delivery], connections: Int, rate: Double?, _ name: String, _ ingest: RunningProgram, into run: inout BenchRun
    ) async throws -> (rate: Double, cpu: Double) {
        let before = Usage(bench.ground, programs: [ingest.process.pid])
        let report = try await bench.send(deliveries, connections: connections, rate: rate, to: ingest, mayRefuse: true)
        let used = Usage(bench.ground, programs: [ingest.process.pid]) - before
        // By what was accepted, so that refusing much looks neither fast nor cheap.
        let count = Double(report.accepted), accepted = count / report.seconds
        // The rate of an open loop is the schedule's, so there is nothing to judge unless it fell behind.
        run.note("\(name).rate", accepted, "1/s", rate == nil ? .ours : .note, .higher)
        run.note("\(name).refused", Double(deliveries.count - report.accepted), "", .ours, .lower)
        run.note("\(name).p50", report.latency.milliseconds(percentile: 0.5), "ms", .ours, .lower)
        run.note("\(name).p99", report.latency.milliseconds(percentile: 0.99), "ms", .ours, .lower)
        run.note("\(name).p99.9", report.latency.milliseconds(percentile: 0.999), "ms", .note, .lower)
        run.note("\(name).cpu", used.programs / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).broker-cpu", used.broker / count * 1e6, "µs", .note, .lower)
        run.note("\(name).generator-cpu", used.own / count * 1e6, "µs", .note, .lower)
        return (accepted, used.programs / count)
    }

    /// Sends once without HTTP and notes what it cost.
    private func send(
        _ messages: [PreparedMessage], _ producer: BareProducer, _ name: String, _ role: Figure.Role, into run: inout BenchRun
    ) async throws -> BareProducer.Report {
        let before = Usage(bench.ground, programs: [])
        let report = try await producer.send(messages, inFlight: plan.inFlight)
        let used = Usage(bench.ground, programs: []) - before, count = Double(report.count)
        run.note("\(name).rate", report.rate, "1/s", role, .higher)
        run.note("\(name).cpu", report.cpuSeconds / count * 1e6, "µs", role, .lower)
        run.note("\(name).p99", report.latency.milliseconds(percentile: 0.99), "ms", .note, .lower)
        run.note("\(name).broker-cpu", used.broker / count * 1e6, "µs", .note, .lower)
        return report
    }
}
