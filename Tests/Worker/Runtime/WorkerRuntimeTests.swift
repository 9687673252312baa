import Foundation
import LibPQ
import Observability
import RdKafka
import TestKit
import Testing
import Worker

/// The whole runtime over topics in memory and a real PostgreSQL.
@Suite(.timeLimit(.minutes(3))) struct WorkerRuntimeTests {
    static let home = TopicPartition(topic: "dodo.payment.succeeded", partition: 0)
    static let other = TopicPartition(topic: "dodo.payment.succeeded", partition: 1)

    static func effects(_ database: WorkerDatabase) async throws -> Int { try await database.number("select count(distinct webhook_id) from scripted.effects") }

    /// Whether each event had its effect exactly once.
    static func isExact(_ database: WorkerDatabase, _ count: Int) async throws -> Bool {
        try await database.rows("select count(*), count(distinct webhook_id) from scripted.effects") == [["\(count)", "\(count)"]]
    }

    @Test func `applies what comes, in both lanes, commits behind it, and stops with all of it done`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home, Self.other])
        let worker = try RunningWorker(database, topics)
        topics.append((0..<500).map { WrittenRecord(Int64($0)) } + (0..<300).map { number in WrittenRecord(Int64(number), id: "o_\(number)").with { $0.partition = 1 } })
        #expect(try await eventually { try await Self.effects(database) == 800 })
        #expect(await worker.stop() == .stopped)
        #expect(topics.committed == [Self.home: 500, Self.other: 300])
        #expect(try await Self.isExact(database, 800))
        #expect(worker.metric("nicobar_worker_events_total{outcome=\"applied\"}") == 800)
    }

    @Test func `one record that PostgreSQL refuses is found and parked, and the others go on`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        let worker = try RunningWorker(database, topics)
        topics.append((0..<300).map { WrittenRecord(Int64($0), body: $0 == 177 ? "poison" : "good") })
        #expect(try await eventually { try await database.number("select count(*) from worker.inbox") == 300 })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, 299))
        #expect(
            try await database.rows("select webhook_id, reason, detail from worker.dead_letters")
                == [["wh_177", "postgres-23514", "PostgreSQL does not take it (SQLSTATE 23514): constraint no_poison, table effects"]])
        #expect(topics.committed == [Self.home: 300])
        #expect(try await database.number("select count(*) from worker.outbox where type = 'nicobar.dead-letter.billing'") == 1)
    }

    @Test(arguments: ["40P01", "40001", "53100", "57014"])
    func `when the world is in the way the same batch is tried again, and nothing is parked`(sqlstate: String) async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        try await database.storm(sqlstate, times: 4)
        let worker = try RunningWorker(database, topics)
        topics.append((0..<50).map { WrittenRecord(Int64($0)) })
        #expect(await eventually { worker.metrics.render().contains("nicobar_worker_retries_total{cause=\"transient\"}") })
        #expect(try await eventually { try await Self.effects(database) == 50 })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, 50))
        #expect(try await database.number("select count(*) from worker.dead_letters") == 0)
        #expect(topics.committed == [Self.home: 50])
    }

    @Test func `what the stage notices is counted once its transaction is committed, and its counter is there before`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        try await database.storm("40P01", times: 3)
        let worker = try RunningWorker(database, topics)
        #expect(worker.metrics.render().contains("\nscripted_notable_total 0\n"))
        topics.append((0..<20).map { WrittenRecord(Int64($0), body: $0 % 10 == 0 ? "notable" : "good") })
        #expect(await eventually { worker.metrics.render().contains("nicobar_worker_retries_total{cause=\"transient\"} 3") })
        #expect(try await eventually { try await Self.effects(database) == 20 })
        #expect(await worker.stop() == .stopped)
        #expect(worker.metric("scripted_notable_total") == 2)
    }

    @Test func `while the disk is full it waits, says so, commits nothing, and can still be stopped`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        try await database.storm("53100", times: 1_000_000)
        let worker = try RunningWorker(database, topics)
        topics.append((0..<50).map { WrittenRecord(Int64($0)) })
        #expect(await eventually { worker.metric("nicobar_worker_retries_total{cause=\"transient\"}") >= 3 })
        #expect(!worker.health.isReady)
        #expect(await worker.stop() == .stopped)
        #expect(topics.committed.isEmpty)
        for table in ["worker.inbox", "worker.dead_letters"] { #expect(try await database.number("select count(*) from \(table)") == 0) }
    }

    @Test func `a connection that is killed in the middle of a batch costs nothing and doubles nothing`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        try await database.storm("sleep", times: 1)
        let worker = try RunningWorker(database, topics)
        topics.append((0..<100).map { WrittenRecord(Int64($0)) })
        #expect(
            try await eventually {
                try await database.number("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'") == 1
            })
        #expect(try await eventually { try await Self.effects(database) == 100 })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, 100))
        #expect(topics.committed == [Self.home: 100])
        #expect(worker.metric("nicobar_worker_retries_total{cause=\"connection\"}") >= 1)
    }

    @Test func `no offset is committed whose record is not in the database, however often the connections die`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home, Self.other])
        let worker = try RunningWorker(database, topics, environment: ["NICOBAR_WORKER_BATCH_EVENTS": "7"])
        for round in 0..<10 {
            let numbers = (round * 60)..<(round * 60 + 60)
            topics.append(numbers.map { WrittenRecord(Int64($0)) } + numbers.map { number in WrittenRecord(Int64(number), id: "o_\(number)").with { $0.partition = 1 } })
            // The commits are read first: what they promise must be there already.
            let promised = topics.committed.values.reduce(0, +)
            #expect(try await database.number("select count(*) from worker.inbox") >= Int(promised))
            _ = try await database.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'nicobar-billing-worker'")
        }
        #expect(try await eventually { try await Self.effects(database) == 1200 })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, 1200))
        #expect(topics.committed == [Self.home: 600, Self.other: 600])
    }

    @Test func `a thread that has caught up lets go of its batch's memory and applies what comes after`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        let worker = try RunningWorker(database, topics, environment: ["NICOBAR_WORKER_BATCH_EVENTS": "200", "NICOBAR_WORKER_CONNECTIONS": "1"])
        topics.append((0..<2000).map { WrittenRecord(Int64($0)) })
        #expect(try await eventually { try await Self.effects(database) == 2000 })
        let before = worker.handler.batchesMade
        // Small batches do not put it off; a new batch is made for the one that went.
        var next = 2000
        #expect(await eventually(within: .seconds(20)) {
            topics.append([WrittenRecord(Int64(next))])
            next += 1
            return worker.handler.batchesMade == before + 1
        })
        topics.append((next..<next + 500).map { WrittenRecord(Int64($0)) })
        let all = next + 500
        #expect(try await eventually { try await Self.effects(database) == all })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, all))
        #expect(topics.committed == [Self.home: Int64(all)])
    }

    /// A worker that has applied ten records of its lane, which then somebody else took, and that is given ten more.
    private static func robbed(retakeAfter: Duration) async throws -> (WorkerDatabase, MemoryTopics, RunningWorker) {
        let database = try await WorkerDatabase(), topics = MemoryTopics([home])
        let worker = try RunningWorker(database, topics, retakeAfter: retakeAfter)
        topics.append((0..<10).map { WrittenRecord(Int64($0)) })
        #expect(try await eventually { try await effects(database) == 10 })
        try await database.execute("select worker.take_lane('billing', 0, 'somebody else')")
        topics.append((10..<20).map { WrittenRecord(Int64($0)) })
        return (database, topics, worker)
    }

    @Test func `a lane taken by somebody else is not written to, nor taken back once it is no longer the worker's own`() async throws {
        // Longer than any machine takes for what follows.
        let (database, topics, worker) = try await Self.robbed(retakeAfter: .seconds(600))
        #expect(await eventually { worker.metric("nicobar_worker_fence_losses_total") == 1 })
        #expect(try await Self.effects(database) == 10)
        topics.tell(.lost([Self.home]))
        topics.wake()
        #expect(await eventually { worker.metric("nicobar_worker_lanes") == 0 })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.effects(database) == 10)
        #expect(try await database.rows("select owner from worker.progress") == [["somebody else"]])
    }

    @Test func `a lane that somebody took but that is still the worker's own is taken back after a while, and nothing is done twice`() async throws {
        let (database, _, worker) = try await Self.robbed(retakeAfter: .milliseconds(50))
        #expect(try await eventually { try await Self.effects(database) == 20 })
        #expect(worker.metric("nicobar_worker_fence_losses_total") == 1)
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, 20))
        #expect(try await database.rows("select count(*)::text from worker.progress where owner <> 'somebody else' and epoch = 3") == [["1"]])
    }

    @Test func `lanes that are given up are committed first, and go on where they were`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        let worker = try RunningWorker(database, topics)
        topics.append((0..<100).map { WrittenRecord(Int64($0)) })
        #expect(try await eventually { try await Self.effects(database) == 100 })
        topics.tell(.revoked([Self.home]))
        #expect(await eventually { topics.committed == [Self.home: 100] })
        topics.append((100..<150).map { WrittenRecord(Int64($0)) })
        topics.tell(.assigned([Self.home]))
        #expect(try await eventually { try await Self.effects(database) == 150 })
        #expect(await worker.stop() == .stopped)
        #expect(try await Self.isExact(database, 150))
        #expect(try await database.number("select epoch from worker.progress") == 2)
    }

    @Test func `a lane with too much in hand is paused, and goes on later`() async throws {
        let database = try await WorkerDatabase(), topics = MemoryTopics([Self.home])
        try await database.storm("53100", times: 3)
        let worker = try RunningWorker(database, topics, environment: ["NICOBAR_WORKER_BATCH_EVENTS": "10"], limits: LaneLimits(maxEvents: 100))
        topics.append((0..<5000).map { WrittenRecord(Int64($0)) })
        #expect(await eventually { worker.metric("nicobar_worker_paused_lanes") == 1 })
        #expect(try await eventually(within: .seconds(60)) { try await Self.effects(database) == 5000 })
        #expect(await eventually { worker.metric("nicobar_worker_paused_lanes") == 0 })
        #expect(await worker.stop() == .stopped)
        #expect(topics.committed == [Self.home: 5000])
    }
}
