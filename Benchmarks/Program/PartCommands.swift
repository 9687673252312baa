import CommandLine
import Figures
import Surroundings

private let json = CommandOption.value("json", "FILE", "also write the figures there, for compare")

/// A real broker, or a clear word: the mock cluster keeps nothing, so there would be nothing to apply.
func needRealBroker(_ bench: Bench, for what: String) throws {
    guard bench.ground.broker.isReal else {
        throw CommandFailure("\(what) needs a real Kafka; set KAFKA_HOME to an unpacked distribution, or KAFKA_BOOTSTRAP_SERVERS", status: .unavailable)
    }
}

/// `nicobar-bench parts`.
let partsCommand = Command(
    "parts", summary: "What verifying, scanning, decoding and encoding one event cost by themselves, allocations counted",
    options: [
        .value("events", short: "n", "N", "events in each round", standard: "2000"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "9"), json,
    ],
    action: .asynchronous { asked in
        var plan = PartsPart.Plan()
        plan.events = try asked.integer("events", in: 1...1_000_000) ?? plan.events
        plan.rounds = try asked.integer("rounds", in: 1...1000) ?? plan.rounds
        var run = try await RunReport.begin()
        let part = PartsPart(plan: plan)
        try part.measure(into: &run)
        Standard.print("\(plan.events) bodies of \(part.averageBytes) bytes on average")
        try RunReport.end(run, json: asked.text("json"))
        return .success
    })

/// `nicobar-bench statements`.
let statementsCommand = Command(
    "statements", summary: "What each of billing's SQL statements costs PostgreSQL by itself, on one connection; needs no broker",
    options: [
        .value("events", short: "n", "N", "events in each round", standard: "50000"),
        .value("batch", "N", "events in a transaction", standard: "500"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "3"), json,
    ],
    action: .asynchronous { asked in
        var plan = StatementsPart.Plan()
        plan.events = try asked.integer("events", in: 1...10_000_000) ?? plan.events
        plan.batchEvents = try asked.integer("batch", in: 1...5000) ?? plan.batchEvents
        plan.rounds = try asked.integer("rounds", in: 1...1000) ?? plan.rounds
        var run = try await RunReport.begin()
        try await StatementsPart(plan: plan).measure(into: &run)
        try RunReport.end(run, json: asked.text("json"))
        return .success
    })

/// `nicobar-bench ingest`.
let ingestCommand = Command(
    "ingest", summary: "Signed deliveries over HTTP into Kafka, beside librdkafka alone",
    discussion: """
    Each round measures the bare producer (librdkafka with ingest's properties, topics, keys, bytes and headers), then closed loops, then open loops whose
    latencies count from the moment a delivery was due, so that a receiver that stands still is charged for all who wait.
    """,
    options: [
        .value("events", short: "n", "N", "deliveries of a closed loop at 64 connections or more", standard: "50000"),
        .value("connections", short: "c", "LIST", "closed loops: keep-alive connections, such as 8,64,256", standard: "8,64,256"),
        .value("rate", "LIST", "open loops: deliveries a second, such as 2000,10000", standard: "2000,10000"),
        .value("seconds", "S", "length of an open loop", standard: "5"),
        .value("in-flight", "N", "messages that the bare producer keeps under way", standard: "64"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "5"), json,
    ],
    action: .asynchronous { asked in
        var plan = IngestPart.Plan()
        plan.events = try asked.integer("events", in: 100...10_000_000) ?? plan.events
        plan.connections = try numbers("connections", asked, in: 1...10_000)
        plan.rates = try numbers("rate", asked, in: 1...1_000_000)
        plan.openSeconds = try asked.integer("seconds", in: 1...3600) ?? plan.openSeconds
        plan.inFlight = try asked.integer("in-flight", in: 1...100_000) ?? plan.inFlight
        plan.rounds = try asked.integer("rounds", in: 1...100) ?? plan.rounds
        return try await Bench.with { [plan] bench in
            var run = try await RunReport.begin(bench)
            try await bench.warmUp(slab: min(plan.events, 10_000))
            try await IngestPart(plan: plan, bench: bench).measure(into: &run)
            try RunReport.end(run, json: asked.text("json"))
            return .success
        }
    })

/// `nicobar-bench apply`.
let applyCommand = Command(
    "apply", summary: "Events from Kafka into billing's tables, beside a bare consumer and bare SQL",
    discussion: """
    Each round loads new customers' events while no worker runs, writes statistics and a checkpoint, starts a worker, and measures from its first commit to its
    last. The limits follow in the same round: librdkafka's consumer alone over the same topics, and the worker's own statements from memory.
    """,
    options: [
        .value("events", short: "n", "N", "events that wait in the topics before a worker starts", standard: "200000"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "3"),
        .value("workers", "W", "2 measures one worker against two as well", standard: "1", choices: ["1", "2"]),
        .value("replay", "N", "then apply everything again for a new group, all of it duplicates, until so many events are through", standard: "0"),
        .value("inbox-rows", "N", "then put so many rows into the inbox and measure again", standard: "0"),
        .value("sql-events", "N", "events of the bare SQL", standard: "50000"), json,
    ],
    examples: [.init("nicobar-bench apply --workers 2 --replay 1000000", "all but the full inbox"), .init("nicobar-bench apply --inbox-rows 10000000", "takes minutes")],
    action: .asynchronous { asked in
        var plan = ApplyPart.Plan()
        plan.events = try asked.integer("events", in: 2000...10_000_000) ?? plan.events
        plan.rounds = try asked.integer("rounds", in: 1...100) ?? plan.rounds
        plan.twoWorkers = asked.text("workers") == "2"
        plan.replay = try asked.integer("replay", in: 0...1_000_000_000) ?? 0
        plan.inboxRows = try asked.integer("inbox-rows", in: 0...1_000_000_000) ?? 0
        plan.sqlEvents = try asked.integer("sql-events", in: 1...10_000_000) ?? plan.sqlEvents
        return try await Bench.with { [plan] bench in
            try needRealBroker(bench, for: "apply")
            var run = try await RunReport.begin(bench)
            try await bench.warmUp(slab: min(plan.events, 10_000))
            var part = ApplyPart(plan: plan, bench: bench)
            try await part.measure(into: &run)
            try RunReport.end(run, json: asked.text("json"))
            return .success
        }
    })

/// `nicobar-bench chain`.
let chainCommand = Command(
    "chain", summary: "The same story through fulfilment-worker, and what that tells through license-worker",
    options: [
        .value("events", short: "n", "N", "events of Dodo's that wait in the topics before fulfilment starts", standard: "50000"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "3"),
        .value("catalogue", "FILE", "says which products come with licences", standard: Bench.catalogue), json,
    ],
    action: .asynchronous { asked in
        var plan = ChainPart.Plan()
        plan.events = try asked.integer("events", in: 2000...10_000_000) ?? plan.events
        plan.rounds = try asked.integer("rounds", in: 1...100) ?? plan.rounds
        plan.catalogue = asked.text("catalogue") ?? plan.catalogue
        return try await Bench.with { [plan] bench in
            try needRealBroker(bench, for: "chain")
            var run = try await RunReport.begin(bench)
            try await bench.warmUp(slab: 10_000)
            try await ChainPart(plan: plan, bench: bench).measure(into: &run)
            try RunReport.end(run, json: asked.text("json"))
            return .success
        }
    })

/// `nicobar-bench latency`.
let latencyCommand = Command(
    "latency", summary: "From the webhook's answer to the committed row, at a steady pace",
    options: [
        .value("rate", "R", "webhooks a second", standard: "500"), .value("seconds", "S", "length of a round", standard: "10"),
        .value("rounds", "R", "rounds; the middle one counts", standard: "3"),
        .value("catalogue", "FILE", "says which products come with licences", standard: Bench.catalogue), json,
    ],
    action: .asynchronous { asked in
        var plan = LatencyPart.Plan()
        plan.rate = try asked.integer("rate", in: 1...100_000) ?? plan.rate
        plan.seconds = try asked.integer("seconds", in: 1...3600) ?? plan.seconds
        plan.rounds = try asked.integer("rounds", in: 1...100) ?? plan.rounds
        plan.catalogue = asked.text("catalogue") ?? plan.catalogue
        return try await Bench.with { [plan] bench in
            try needRealBroker(bench, for: "latency")
            var run = try await RunReport.begin(bench)
            try await bench.warmUp(slab: 10_000)
            try await LatencyPart(plan: plan, bench: bench).measure(into: &run)
            try RunReport.end(run, json: asked.text("json"))
            return .success
        }
    })

/// Whole numbers separated by commas; an empty text is none.
private func numbers(_ name: String, _ asked: Invocation, in bounds: ClosedRange<Int>) throws -> [Int] {
    try (asked.text(name) ?? "").split(separator: ",").map { word in
        guard let number = Int(word), bounds.contains(number) else {
            throw UsageFault("--\(name) takes whole numbers from \(bounds.lowerBound) to \(bounds.upperBound) separated by commas, not '\(word)'")
        }
        return number
    }
}
