import CommandLine
import Figures
import Foundation
import LibPQ
import Simulator
import Surroundings

/// The same story through fulfilment-worker, and what that tells through license-worker: one after the other, each with the machine to itself.
struct ChainPart {
    struct Plan: Sendable {
        var events = 50_000
        var rounds = 3
        /// Says which products come with licences.
        var catalogue = Bench.catalogue
    }

    let plan: Plan
    let bench: Bench

    /// Longer than this fulfilment's outbox must not take to become empty.
    private static let relayPatience = 60.0

    /// Runs every round and notes its figures. The broker is warm already.
    func measure(into run: inout BenchRun) async throws {
        let (status, output) = try await bench.ground.stack.run(["catalog", "apply", plan.catalogue])
        guard status == 0 else { throw CommandFailure("the catalogue is not applied, so nothing would be granted: \(output.split(separator: "\n").last ?? "")") }
        // The first does not count: it fills caches, and takes what is in the topics already.
        for round in 0...plan.rounds {
            let producer = try BareProducer(bench.ground.broker.bootstrapServers, bench.contract, packed: true)
            try await producer.load(plan.events, DeliveryPlan(seed: 5000 + UInt64(round)))
            for (worker, program) in [("fulfilment", "fulfilment-worker"), ("licensing", "license-worker")] {
                let report = try await drain(worker, program)
                if round > 0 { note(report, "chain.\(worker)", into: &run) }
            }
            if round > 0 { Standard.print("chain: round \(round) of \(plan.rounds)") }
        }
    }

    /// Starts a worker, watches until there is nothing more for it, and stops it once what it told is in Kafka.
    private func drain(_ worker: String, _ program: String) async throws -> Drain.Report {
        try await bench.settle()
        let base = try await bench.withDatabase { try Drain.handled(by: worker, $0) }
        let running = try bench.ground.stack.launch(
            program: program, name: program, portVariable: "NICOBAR_OBSERVE_LISTEN", extra: ["NICOBAR_LICENSE_MASTER_SECRET": Bench.masterSecret])
        let watched = Drain(ground: bench.ground, worker: worker, programs: [running])
        let report = try await bench.withDatabase { connection in
            let report = try watched.watchToTheEnd(beyond: base, connection)
            try Self.waitForRelay(connection)
            return report
        }
        _ = await running.process.stop()
        return report
    }

    @available(*, noasync, message: "blocks its thread")
    private static func waitForRelay(_ connection: Connection) throws {
        let end = Stopwatch.seconds + relayPatience
        while try connection.query("select exists (select from worker.outbox)").text(0, 0) == "t" {
            guard Stopwatch.seconds < end else { throw CommandFailure("a minute after the last commit the outbox is not empty yet") }
            usleep(20_000)
        }
    }

    private func note(_ report: Drain.Report, _ name: String, into run: inout BenchRun) {
        let count = Double(report.count), used = report.used
        run.note("\(name).events", count, "", .note, .higher)
        run.note("\(name).rate", report.rate, "1/s", .ours, .higher)
        run.note("\(name).worker-cpu", used.programs / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).backends-cpu", used.backends / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).postgres-cpu", used.postgres / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).broker-cpu", used.broker / count * 1e6, "µs", .note, .lower)
    }
}
