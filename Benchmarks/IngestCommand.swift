import CommandLine
import Simulator
import Surroundings

/// `nicobar-bench ingest`: signed deliveries over HTTP into Kafka.
let ingestCommand = Command(
    "ingest", summary: "Deliveries a second into Kafka, and the CPU that each costs",
    options: [
        .value("events", short: "n", "N", "deliveries in each round", standard: "50000"),
        .value("connections", short: "c", "C", "keep-alive connections", standard: "64"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "5"),
    ],
    action: .asynchronous { asked in
        let events = try asked.integer("events", in: 100...10_000_000) ?? 50_000
        let connections = try asked.integer("connections", in: 1...10_000) ?? 64
        let rounds = try asked.integer("rounds", in: 1...100) ?? 5
        let bench = try await Bench.prepare()
        let ingest = try await bench.ground.stack.startIngest()
        _ = try await bench.send(min(events, 10_000), part: 0, connections: connections, to: ingest)
        var table = TextTable("round", "deliveries/s", "p50 ms", "p99 ms", "ingest µs/event", "of it kernel", "refused")
        var rates: [Double] = [], costs: [Double] = []
        for round in 1...rounds {
            let before = ProcessTime(of: ingest.process.pid)
            let report = try await bench.send(events, part: UInt64(round), connections: connections, to: ingest)
            let after = ProcessTime(of: ingest.process.pid)
            let cost = (after.seconds - before.seconds) / Double(events) * 1e6
            rates.append(report.rate)
            costs.append(cost)
            table.add(
                String(round), decimal(report.rate, 0), decimal(report.latency.milliseconds(percentile: 0.5), 2),
                decimal(report.latency.milliseconds(percentile: 0.99), 2), decimal(cost),
                decimal((after.system - before.system) / Double(events) * 1e6), String(report.attempts - report.accepted))
        }
        Standard.print("\(table)")
        Standard.print("ingest: \(decimal(Conditions.median(rates), 0)) deliveries/s at \(connections) connections, \(decimal(Conditions.median(costs))) µs of CPU each (medians of \(rounds))")
        let status = await ingest.process.stop()
        await bench.ground.remove()
        return status == 0 ? .success : .failure
    })
