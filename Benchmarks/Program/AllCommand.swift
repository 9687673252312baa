import CommandLine
import Figures
import Foundation
import Surroundings

/// `nicobar-bench all`: what `make bench` runs.
let allCommand = Command(
    "all", summary: "Every part on one ground, in seven to nine minutes on two quiet cores",
    discussion: "With --baseline the figures are compared at the end, and a regression ends with status 1. Without a real Kafka only parts and ingest run.",
    options: [
        .value("json", "FILE", "also write the figures there"), .value("baseline", "FILE", "compare with these figures, if the file is there"),
        .value("threshold", "SHARE", "by how much medians must differ to count", standard: "5%"),
        .value("scale", "SHARE", "how much of the usual number of events; for trying the tool itself", standard: "1"),
    ],
    action: .asynchronous { asked in
        let threshold = try asked.number("threshold", in: 0...10) ?? 0.05
        let scale = try asked.number("scale", in: 0.01...100) ?? 1
        func scaled(_ count: Int) -> Int { max(2000, Int(Double(count) * scale)) }
        let run = try await Bench.with { bench in
            var run = try await RunReport.begin(bench)
            try PartsPart(plan: PartsPart.Plan()).measure(into: &run)
            try await bench.warmUp(slab: scaled(10_000))
            if bench.ground.broker.isReal {
                var latency = LatencyPart.Plan(), apply = ApplyPart.Plan()
                latency.seconds = max(1, Int(Double(latency.seconds) * min(1, scale)))
                apply.events = scaled(apply.events)
                apply.sqlEvents = scaled(apply.sqlEvents)
                apply.twoWorkers = true
                apply.replay = scaled(1_000_000)
                try await LatencyPart(plan: latency, bench: bench).measure(into: &run)
                var chain = ChainPart.Plan()
                chain.events = scaled(chain.events)
                try await ChainPart(plan: chain, bench: bench).measure(into: &run)
                var part = ApplyPart(plan: apply, bench: bench)
                try await part.measure(into: &run)
            } else {
                Standard.print("latency and apply are left out: they need a real Kafka (set KAFKA_HOME)")
            }
            // Last, since what it leaves in the topics nobody applies.
            var ingest = IngestPart.Plan()
            ingest.events = scaled(ingest.events)
            ingest.openSeconds = max(1, Int(Double(ingest.openSeconds) * min(1, scale)))
            try await IngestPart(plan: ingest, bench: bench).measure(into: &run)
            return run
        }
        try RunReport.end(run, json: asked.text("json"))
        guard let baseline = asked.text("baseline"), FileManager.default.fileExists(atPath: baseline) else { return .success }
        return try compare(try read(baseline), run, threshold: threshold)
    })

/// `nicobar-bench compare`.
let compareCommand = Command(
    "compare", summary: "Tell change from noise between two runs; status 1 when something became worse",
    discussion: """
    A figure has changed when the ranges of its rounds do not meet and the medians differ by more than the threshold. Ratios to the bare limits are judged on any
    machine; absolute figures only when machine and broker are the same and the limits of that part have not moved.
    """,
    options: [.value("threshold", "SHARE", "by how much medians must differ to count", standard: "5%")],
    operands: [Operand("BASELINE", "the figures before, as --json wrote them"), Operand("NEW", "the figures now")],
    examples: [.init("nicobar-bench compare Benchmarks/baseline.json .build/bench.json", "what make bench does at its end")],
    action: .blocking { asked in
        let threshold = try asked.number("threshold", in: 0...10) ?? 0.05
        return try compare(try read(asked.operand("BASELINE") ?? ""), try read(asked.operand("NEW") ?? ""), threshold: threshold)
    })

private func compare(_ baseline: BenchRun, _ new: BenchRun, threshold: Double) throws -> ExitStatus {
    let comparison = Comparison(baseline, new, threshold: threshold)
    RunReport.print(comparison, threshold: threshold)
    return comparison.hasRegression ? .failure : .success
}

private func read(_ file: String) throws -> BenchRun {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: file)) } catch { throw CommandFailure("\(file) cannot be read") }
    do throws(BenchRun.Fault) { return try BenchRun(decoding: data) } catch { throw CommandFailure("\(file): \(error)") }
}
