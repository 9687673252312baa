import CommandLine
import Foundation
import LibPQ
import Simulator
import Surroundings

/// `nicobar-bench apply`: events that wait in Kafka become rows.
let applyCommand = Command(
    "apply", summary: "Events a second from Kafka into billing's tables, and the CPU that each costs",
    options: [
        .value("events", short: "n", "N", "events that wait in the topics before the worker starts", standard: "100000"),
        .value("rounds", "R", "rounds, each with other customers; the middle one counts", standard: "3"),
    ],
    action: .asynchronous { asked in
        let events = try asked.integer("events", in: 100...10_000_000) ?? 100_000
        let rounds = try asked.integer("rounds", in: 1...100) ?? 3
        let bench = try await Bench.prepare()
        let ingest = try await bench.ground.stack.startIngest()
        let postgres = bench.ground.postgres.pid ?? 0
        var table = TextTable("round", "events/s", "seconds", "worker µs/event", "PostgreSQL µs/event", "dead letters")
        var rates: [Double] = [], costs: [Double] = []
        for round in 1...rounds {
            let report = try await bench.send(events, part: UInt64(round), connections: 64, to: ingest)
            guard report.accepted == events else { throw CommandFailure("only \(report.accepted) of \(events) deliveries were accepted") }
            try await run(bench, "checkpoint")
            let before = ProcessTime(of: postgres, children: true)
            let worker = try await bench.ground.stack.startWorker(name: "billing-worker-\(round)")
            let last = "select extract(epoch from max(updated_at) - min(taken_at))::float8, sum(handled)::bigint from worker.progress where worker = 'billing'"
            var seconds = 0.0
            while true {
                let (span, handled) = try await read(bench, last)
                seconds = span
                if handled >= Int64(events * round) { break }
                guard worker.process.isRunning else { throw CommandFailure("the worker ended:\n\(worker.process.tail())") }
                try await Task.sleep(for: .milliseconds(20))
            }
            let cpu = ProcessTime(of: worker.process.pid).seconds
            let after = ProcessTime(of: postgres, children: true)
            let letters = try await read(bench, "select 0::float8, count(*) from worker.dead_letters").1
            _ = await worker.process.stop()
            rates.append(Double(events) / seconds)
            costs.append(cpu / Double(events) * 1e6)
            table.add(
                String(round), decimal(Double(events) / seconds, 0), decimal(seconds, 2), decimal(cpu / Double(events) * 1e6),
                decimal((after.seconds - before.seconds) / Double(events) * 1e6), String(letters))
        }
        Standard.print("\(table)")
        Standard.print("apply: \(decimal(Conditions.median(rates), 0)) events/s, \(decimal(Conditions.median(costs))) µs of CPU in the worker each (medians of \(rounds); the start of the process included)")
        _ = await ingest.process.stop()
        await bench.ground.remove()
        return .success
    })

private func run(_ bench: Bench, _ sql: String) async throws {
    let conninfo = bench.ground.stack.database
    try await OwnThread.run {
        let connection = try Connection(conninfo, applicationName: "nicobar-bench")
        defer { connection.close() }
        try connection.execute(sql)
    }
}

private func read(_ bench: Bench, _ sql: String) async throws -> (Double, Int64) {
    let conninfo = bench.ground.stack.database
    return try await OwnThread.run {
        let connection = try Connection(conninfo, applicationName: "nicobar-bench")
        defer { connection.close() }
        let result = try connection.query(sql)
        return (result.double(0, 0) ?? 0, result.int64(0, 1) ?? 0)
    }
}
