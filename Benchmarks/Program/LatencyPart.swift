import CommandLine
import Events
import Figures
import Foundation
import Ingest
import LibPQ
import Simulator
import Surroundings
import Synchronization

/// From the webhook's answer to the committed row, at a pace that everything keeps up with.
///
/// The answer's time is read when the sender has it whole; the row's is the time in its commit record (`pg_xact_commit_timestamp` of its `xmin`), of the same
/// clock. Others see the row once the disk has that record, which is told beside it.
struct LatencyPart {
    struct Plan: Sendable {
        var rate = 500
        var seconds = 10
        var rounds = 3
        /// Says which products come with licences; without it there are none to measure.
        var catalogue = Bench.catalogue
        static let connections = 64
    }

    /// When one webhook was due and answered, in seconds since 1970, and the subscription or payment that it tells of.
    private struct Answered: Sendable {
        let due: Double
        let at: Double
        let entity: String
    }

    /// From the answer and from the due time to the commit, of rows that belong together.
    private struct Latencies {
        var sinceAnswer = LatencyHistogram(), sinceDue = LatencyHistogram()

        mutating func record(_ webhook: Answered, committedAt at: Double) {
            // A row may be there before its answer has crossed the sender's socket: that is no time at all.
            sinceAnswer.record(nanoseconds: Int64((at - webhook.at) * 1e9))
            sinceDue.record(nanoseconds: Int64((at - webhook.due) * 1e9))
        }

        func note(_ name: String, into run: inout BenchRun) {
            guard sinceAnswer.count > 0 else { return }
            run.note("latency.\(name).rows", Double(sinceAnswer.count), "rows", .note, .higher)
            for (what, histogram) in [("answer-to-commit", sinceAnswer), ("due-to-commit", sinceDue)] {
                run.note("latency.\(name).\(what).p50", histogram.milliseconds(percentile: 0.5), "ms", .ours, .lower)
                run.note("latency.\(name).\(what).p99", histogram.milliseconds(percentile: 0.99), "ms", .ours, .lower)
            }
        }
    }

    let plan: Plan
    let bench: Bench

    /// Workers that are measured beside billing where they are built and can start, by the names they have in the inbox.
    private static let others = [("fulfilment", "fulfilment-worker"), ("licensing", "license-worker")]

    func measure(into run: inout BenchRun) async throws {
        let (status, output) = try await bench.ground.stack.run(["catalog", "apply", plan.catalogue])
        if status != 0 { Standard.print("latency: without a catalogue no licence is issued: \(output.split(separator: "\n").last ?? "")") }
        let ingest = try await bench.ground.stack.startIngest()
        var workers = [("billing", try await bench.ground.stack.startWorker())]
        for (worker, program) in Self.others {
            guard FileManager.default.isExecutableFile(atPath: "\(bench.ground.stack.programs)/\(program)") else { continue }
            do throws(SurroundingsError) {
                workers.append((worker, try await bench.ground.stack.startWorker(program, extra: ["NICOBAR_LICENSE_MASTER_SECRET": Bench.masterSecret])))
            } catch {
                Standard.print("latency: \(program) is left out: \("\(error)".split(separator: "\n").last ?? "")")
            }
        }
        // What the warm-up wrote is applied first, and then one round that does not count.
        try await settled()
        _ = try await round(0, ingest)
        for number in 1...plan.rounds {
            let before = try await flushes()
            let answered = try await round(UInt64(number), ingest)
            let after = try await flushes()
            run.note("latency.refused", Double(plan.rate * plan.seconds - answered.count), "", .ours, .lower)
            run.note("latency.flush", (after.milliseconds - before.milliseconds) / Double(after.count - before.count), "ms", .limit, .lower)
            for (worker, _) in workers { try await note(worker, answered, into: &run) }
            if Set(workers.map(\.0)).isSuperset(of: ["fulfilment", "licensing"]) { try await noteLicences(answered, into: &run) }
            Standard.print("latency: round \(number) of \(plan.rounds)")
        }
        for (_, worker) in workers { _ = await worker.process.stop() }
        _ = await ingest.process.stop()
    }

    /// Sends a round and waits until nothing more of it is applied.
    ///
    /// - Returns: what was accepted, by its id.
    private func round(_ number: UInt64, _ ingest: RunningProgram) async throws -> [String: Answered] {
        let answered = Mutex<[String: Answered]>([:])
        let base = try await handled()
        let deliveries = bench.deliveries(plan.rate * plan.seconds, part: 50 + number), envelope = EnvelopeReader()
        let entities = Dictionary(deliveries.map { ($0.webhookId, String(decoding: PreparedMessage($0, envelope).key, as: UTF8.self)) }) { first, _ in first }
        _ = try await bench.send(
            deliveries, connections: Plan.connections, rate: Double(plan.rate), to: ingest, mayRefuse: true,
            onAnswer: { delivery, status, nanoseconds in
                guard (200..<300).contains(status) else { return }
                let now = Stopwatch.wallSeconds
                answered.withLock { $0[delivery.webhookId] = Answered(due: now - Double(nanoseconds) / 1e9, at: now, entity: entities[delivery.webhookId] ?? "") }
            })
        let all = answered.withLock { $0 }
        try await settled(atLeast: base + all.count)
        return all
    }

    private func note(_ worker: String, _ answered: [String: Answered], into run: inout BenchRun) async throws {
        let commits = try await bench.withDatabase { connection in
            let result = try connection.query("""
                select webhook_id, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 from worker.inbox
                 where worker = $1::text and applied_at > to_timestamp($2::float8)
                """, [.text(worker), .text(String((answered.values.map(\.due).min() ?? 0) - 1))])
            return (0..<result.rowCount).compactMap { row in result.text(row, 0).flatMap { id in result.double(row, 1).map { (id, $0) } } }
        }
        var latencies = Latencies()
        for (id, at) in commits {
            if let webhook = answered[id] { latencies.record(webhook, committedAt: at) }
        }
        guard worker != "billing" || Int(latencies.sinceAnswer.count) == answered.count else {
            throw CommandFailure("only \(latencies.sinceAnswer.count) of \(answered.count) webhooks have a row")
        }
        latencies.note(worker, into: &run)
    }

    /// From the webhook that earned it to the licence's own row: fulfilment's transaction, its outbox, a topic, and licensing's transaction.
    ///
    /// The webhook of a licence is the one of the entitlement's source that fulfilment applied in the transaction which made the entitlement; where several were,
    /// the first answered. Licences that have been changed since are left out, as only the last change of a row tells its time; and those that only a later change of
    /// the entitlement earned, which nothing in the tables leads back to its webhook.
    private func noteLicences(_ answered: [String: Answered], into run: inout BenchRun) async throws {
        let since = String((answered.values.map(\.due).min() ?? 0) - 1)
        let found = try await bench.withDatabase { connection in
            let result = try connection.query("""
                select entitlement.source_id, inbox.webhook_id, licence.licence_id, extract(epoch from pg_xact_commit_timestamp(licence.xmin))::float8
                  from licensing.licences as licence
                  join fulfilment.entitlements as entitlement using (entitlement_id)
                  join worker.inbox as inbox on inbox.worker = 'fulfilment' and inbox.applied_at = entitlement.created_at
                 where licence.created_at = licence.updated_at and entitlement.created_at > to_timestamp($1::float8)
                   and exists (select from worker.inbox as told
                                where told.worker = 'licensing' and told.webhook_id = entitlement.entitlement_id || '@1' and told.applied_at = licence.created_at)
                """, [.text(since)])
            return (0..<result.rowCount).map { row in
                (result.text(row, 0) ?? "", result.text(row, 1) ?? "", result.text(row, 2) ?? "", result.double(row, 3) ?? .nan)
            }
        }
        var firsts: [String: (webhook: Answered, at: Double)] = [:]
        for (source, id, licence, at) in found {
            guard let webhook = answered[id], webhook.entity == source else { continue }
            if let known = firsts[licence], known.webhook.at <= webhook.at { continue }
            firsts[licence] = (webhook, at)
        }
        var latencies = Latencies()
        for (webhook, at) in firsts.values { latencies.record(webhook, committedAt: at) }
        latencies.note("licence", into: &run)
    }

    /// How often the log was flushed to the disk, and how long that took in all.
    private func flushes() async throws -> (count: Int64, milliseconds: Double) {
        try await bench.withDatabase { connection in
            // Each backend tells its numbers at most once a second, and at the latest when it has been idle for as long.
            sleep(2)
            let result = try connection.query("select wal_sync, wal_sync_time from pg_stat_wal")
            return (result.int64(0, 0) ?? 0, result.double(0, 1) ?? 0)
        }
    }

    /// Waits until nothing has been applied for a second, and the last round's events are.
    private func settled(atLeast events: Int = 0) async throws {
        var last = -1, still = 0
        while still < 10 {
            let now = try await handled()
            still = now == last && now >= events ? still + 1 : 0
            last = now
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Events that all workers' transactions have handled.
    private func handled() async throws -> Int {
        try await bench.withDatabase { Int(try $0.query("select coalesce(sum(handled), 0)::bigint from worker.progress").int64(0, 0) ?? 0) }
    }
}
