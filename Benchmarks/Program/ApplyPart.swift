import CommandLine
import Events
import Figures
import Foundation
import LibPQ
import Simulator
import Surroundings

/// Events that wait in Kafka become rows, beside what a consumer and PostgreSQL do by themselves in the same round.
struct ApplyPart {
    /// What is measured, and how much of it.
    struct Plan: Sendable {
        var events = 200_000
        var rounds = 3
        /// Also one worker against two, each from a start at which all of them have their lanes.
        var twoWorkers = false
        /// Events of replay at least; 0 for none.
        var replay = 0
        /// Rows to be put into the inbox before the drains are measured once more; 0 for none.
        var inboxRows = 0
        /// Events of the bare SQL.
        var sqlEvents = 50_000
        /// Connections of the bare SQL: as many as a worker has unless told otherwise (`NICOBAR_WORKER_CONNECTIONS`).
        static let sqlConnections = 2
    }

    let plan: Plan
    let bench: Bench
    private var nextPart: UInt64 = 100

    init(plan: Plan, bench: Bench) {
        self.plan = plan
        self.bench = bench
    }

    /// All topics of Dodo's events, which is what billing consumes.
    private var topics: [String] { EventType.allCases.map { bench.contract.topicName(for: $0) } + [bench.contract.unrecognised] }

    /// Runs every round and notes its figures. The broker is warm already.
    mutating func measure(into run: inout BenchRun) async throws {
        // One drain that does not count: fills caches, and takes what the warm-up left in the topics.
        try await load(max(1000, plan.events / 4))
        let worker = try await bench.ground.stack.startWorker()
        try await emptied([worker])
        _ = await worker.process.stop()
        for round in 1...plan.rounds {
            let drain = try await drain("apply.drain", into: &run)
            let consumed = try await BareConsumer.count(plan.events, of: topics, at: bench.ground.broker.bootstrapServers)
            run.note("apply.consumer.rate", Double(consumed.count) / consumed.seconds, "1/s", .limit, .higher)
            run.note("apply.consumer.cpu", consumed.cpuSeconds / Double(consumed.count) * 1e6, "µs", .limit, .lower)
            run.note("apply.consumer.first", consumed.firstSeconds, "s", .limit, .lower)
            let sql = try await bareSQL(into: &run)
            run.note("apply.drain.rate-of-sql", drain.rate / sql, "", .ratio, .higher)
            run.note("apply.drain.rate-of-consumer", drain.rate / (Double(consumed.count) / consumed.seconds), "", .ratio, .higher)
            Standard.print("apply: round \(round) of \(plan.rounds)")
        }
        let letters = try await bench.withDatabase { try $0.query("select count(*) from worker.dead_letters").int64(0, 0) ?? 0 }
        guard letters == 0 else { throw CommandFailure("\(letters) events became dead letters, which costs something else; the figures mean nothing") }
        if plan.twoWorkers { try await compareWorkers(into: &run) }
        if plan.replay > 0 { try await replay(into: &run) }
        if plan.inboxRows > 0 { try await compareInbox(into: &run) }
    }

    // MARK: drains

    /// Puts new customers' events into the topics while no worker runs.
    private mutating func load(_ events: Int) async throws {
        nextPart += 1
        let producer = try BareProducer(bench.ground.broker.bootstrapServers, bench.contract, packed: true)
        try await producer.load(events, DeliveryPlan(seed: 1000 + nextPart))
    }

    /// Loads, starts one worker, and notes what happens from its first commit to its last.
    private mutating func drain(_ name: String, into run: inout BenchRun) async throws -> Drain.Report {
        try await load(plan.events)
        try await bench.settle()
        let (base, events) = (try await handled(), plan.events)
        let started = Stopwatch.wallSeconds
        let worker = try launch("billing-worker")
        let watched = Drain(ground: bench.ground, worker: "billing", programs: [worker])
        let report = try await bench.withDatabase { try watched.watch(beyond: base, events: events, $0) }
        note(report, name, into: &run)
        run.note("\(name).first-commit", report.firstAt - started, "s", .ours, .lower)
        let memory = ResidentMemory(of: worker.process.pid)
        run.note("\(name).resident-end", memory.now, "MiB", .ours, .lower)
        run.note("\(name).resident-peak", memory.peak, "MiB", .ours, .lower)
        // It asks its connection after five seconds without work, and gives memory back then.
        try await Task.sleep(for: .seconds(7))
        run.note("\(name).resident-rest", ResidentMemory(of: worker.process.pid).now, "MiB", .ours, .lower)
        _ = await worker.process.stop()
        return report
    }

    /// A worker that has only just begun: how it starts is measured too.
    private func launch(_ name: String, extra: [String: String] = [:]) throws -> RunningProgram {
        try bench.ground.stack.launch(program: "billing-worker", name: name, portVariable: "NICOBAR_OBSERVE_LISTEN", extra: extra)
    }

    private func note(_ report: Drain.Report, _ name: String, into run: inout BenchRun) {
        let count = Double(report.count), used = report.used
        run.note("\(name).rate", report.rate, "1/s", .ours, .higher)
        run.note("\(name).worker-cpu", used.programs / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).backends-cpu", used.backends / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).postgres-cpu", used.postgres / count * 1e6, "µs", .ours, .lower)
        run.note("\(name).broker-cpu", used.broker / count * 1e6, "µs", .note, .lower)
    }

    private mutating func bareSQL(into run: inout BenchRun) async throws -> Double {
        nextPart += 1
        let deliveries = bench.deliveries(plan.sqlEvents, part: nextPart)
        try await bench.settle()
        let sql = try await BareSQL.apply(deliveries, connections: Plan.sqlConnections, conninfo: bench.ground.stack.database)
        let rate = Double(sql.count) / sql.seconds
        run.note("apply.sql.rate", rate, "1/s", .limit, .higher)
        run.note("apply.sql.backends-cpu", sql.backendSeconds / Double(sql.count) * 1e6, "µs", .limit, .lower)
        return rate
    }

    private func handled() async throws -> Int { try await bench.withDatabase { try Drain.handled(by: "billing", $0) } }

    /// Waits until the workers have applied everything that is in the topics: nothing new for a second while they run.
    private func emptied(_ workers: [RunningProgram]) async throws {
        var last = -1, still = 0
        while still < 10 {
            let now = try await handled()
            still = now == last && now > 0 ? still + 1 : 0
            last = now
            for worker in workers where !worker.process.isRunning { throw CommandFailure("the worker ended:\n\(worker.process.tail())") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: two workers

    /// One worker against two, on half as many events each: two that have their own connections, and two that have together as many as the one. All have their lanes and wait at a
    /// lock of ours before the first event, so that neither start nor rebalance is in the figures.
    private mutating func compareWorkers(into run: inout BenchRun) async throws {
        for round in 1...plan.rounds {
            let one = try await gated(workers: 1), two = try await gated(workers: 2)
            let sharing = try await gated(workers: 2, extra: ["NICOBAR_WORKER_CONNECTIONS": "\(Plan.sqlConnections / 2)"])
            for (name, report) in [("workers-1", one), ("workers-2", two), ("workers-2-sharing", sharing)] { note(report, "apply.\(name)", into: &run) }
            run.note("apply.workers-2.rate-of-one", two.rate / one.rate, "", .ratio, .higher)
            run.note("apply.workers-2-sharing.rate-of-one", sharing.rate / one.rate, "", .ratio, .higher)
            Standard.print("apply, two workers: round \(round) of \(plan.rounds)")
        }
    }

    private mutating func gated(workers count: Int, extra: [String: String] = [:]) async throws -> Drain.Report {
        var workers: [RunningProgram] = []
        for number in 1...count { workers.append(try await bench.ground.stack.startWorker(name: "billing-worker-\(number)", extra: extra)) }
        try await shared(workers)
        let base = try await handled(), events = plan.events / 2
        let gate = try await OwnThread.run { [conninfo = bench.ground.stack.database] in try Connection(conninfo, applicationName: "nicobar-bench-gate") }
        try await OwnThread.run { try gate.execute("begin; lock table worker.inbox in share mode") }
        try await load(events)
        // No analyze here: it would wait at the gate.
        try await bench.withDatabase { try $0.execute("checkpoint") }
        let watched = Drain(ground: bench.ground, worker: "billing", programs: workers)
        let report = try await bench.withDatabase { connection in
            try gate.execute("commit")
            gate.close()
            return try watched.watch(beyond: base, events: events, connection)
        }
        for worker in workers { _ = await worker.process.stop() }
        return report
    }

    /// Waits until each worker has lanes and together they have all.
    private func shared(_ workers: [RunningProgram]) async throws {
        for _ in 0..<600 {
            let lanes = workers.map { Int($0.metric("nicobar_worker_lanes") ?? 0) }
            if lanes.allSatisfy({ $0 > 0 }), lanes.reduce(0, +) == bench.contract.partitions { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandFailure("the workers did not share the lanes within a minute:\n\(workers.last?.process.tail() ?? "")")
    }

    // MARK: replay and a full inbox

    /// All that is in the topics once more, for a group that has no offsets yet: every event is a duplicate. Again and again until there are enough.
    private func replay(into run: inout BenchRun) async throws {
        let conninfo = bench.ground.stack.database
        var replayed = 0, pass = 0
        let kept = try await handledOnce()
        while replayed < plan.replay {
            pass += 1
            try await bench.settle()
            let base = try await handled()
            let worker = try launch("billing-replay-\(pass)", extra: ["KAFKA_GROUP_ID": "nicobar.bench.replay-\(pass)"])
            let watched = Drain(ground: bench.ground, worker: "billing", programs: [worker])
            let report = try await OwnThread.run {
                let connection = try Connection(conninfo, applicationName: "nicobar-bench")
                defer { connection.close() }
                return try watched.watch(beyond: base, events: kept, connection)
            }
            _ = await worker.process.stop()
            note(report, "apply.replay", into: &run)
            replayed += kept
            Standard.print("apply, replay: \(replayed) events so far, every one a duplicate")
        }
    }

    /// How many events stand in the topics: what one pass from their beginning brings.
    private func handledOnce() async throws -> Int {
        try await bench.withDatabase {
            Int(try $0.query("""
                select coalesce(sum(value::bigint), 0)::bigint from worker.progress, jsonb_each_text(offsets) where worker = 'billing'
                """).int64(0, 0) ?? 0)
        }
    }

    /// The same drains once more with millions of other events in the inbox.
    private mutating func compareInbox(into run: inout BenchRun) async throws {
        let rows = plan.inboxRows
        Standard.print("apply: putting \(rows) rows into the inbox")
        try await bench.withDatabase { connection in
            // Ids as Dodo makes them, in the order of the index, which fills it fastest; what is measured afterwards comes in any order.
            _ = try connection.query("""
                insert into worker.inbox (worker, webhook_id, topic, partition, kafka_offset, event_at, attempt_at, body_hash, outcome, applied_at)
                select 'billing', 'msg_' || md5(n::text), 'dodo.payment.succeeded', n % 4, n / 4, now() - interval '30 days', now() - interval '30 days',
                       sha256(n::text::bytea), 'applied', now() - interval '30 days'
                  from generate_series(1, $1::bigint) as n
                 order by 2
                """, [.int8(Int64(rows))])
            try connection.execute("vacuum analyze worker.inbox")
        }
        for round in 1...plan.rounds {
            let report = try await drain("apply.inbox-\(rows)", into: &run)
            Standard.print("apply, full inbox: round \(round) of \(plan.rounds), \(decimal(report.rate, 0)) events/s")
        }
        for (figure, better) in [("rate", Figure.Better.higher), ("worker-cpu", .lower), ("backends-cpu", .lower), ("postgres-cpu", .lower)] {
            guard let before = run.figure("apply.drain.\(figure)"), let after = run.figure("apply.inbox-\(rows).\(figure)") else { continue }
            for value in after.rounds { run.note("apply.inbox-\(rows).\(figure)-of-before", value / before.spread.median, "", .ratio, better) }
        }
    }
}
