import LibPQ
import TestKit
import Testing
import Worker

/// One batch, one transaction, through a real PostgreSQL.
@Suite(.timeLimit(.minutes(2))) struct LaneTransactionTests {
    /// Runs batches one after the other on a lane taken for them.
    static func run(
        _ batches: [[WrittenRecord]], faults: [Int: RecordFault] = [:], on database: WorkerDatabase
    ) async throws -> [BatchOutcome] {
        try await onThread {
            let connection = try database.connect()
            defer { connection.close() }
            let transaction = LaneTransaction(ScriptedHandler())
            let epoch = try LaneTransaction.take(connection, worker: "billing", lane: 0, owner: "test")
            return try batches.map { try transaction.run($0.map(\.record)[...], faults: faults, lane: 0, epoch: epoch, on: connection) }
        }
    }

    @Test func `applies new events, and notes how far the lane has come`() async throws {
        let database = try await WorkerDatabase()
        let outcome = try await Self.run([[WrittenRecord(0), WrittenRecord(1), WrittenRecord(7).with { $0.topic = "dodo.refund.succeeded" }]], on: database)
        #expect(outcome.map(\.applied) == [3])
        #expect(try await database.rows("select webhook_id, outcome from worker.inbox order by 1") == [["wh_0", "applied"], ["wh_1", "applied"], ["wh_7", "applied"]])
        #expect(
            try await database.rows("select offsets->>'dodo.payment.succeeded', offsets->>'dodo.refund.succeeded', handled from worker.progress")
                == [["2", "8", "3"]])
        #expect(try await database.number("select count(*) from scripted.effects") == 3)
    }

    @Test func `the same again, in the same batch or later, is a duplicate`() async throws {
        let database = try await WorkerDatabase()
        let event = WrittenRecord(0, id: "wh_a")
        let outcomes = try await Self.run([[event, event.with { $0.offset = 1 }], [event, event.with { $0.offset = 2 }]], on: database)
        #expect(outcomes.map(\.applied) == [1, 0] && outcomes.map(\.duplicates) == [1, 2])
        #expect(try await database.number("select count(*) from scripted.effects") == 1)
    }

    @Test func `a newer attempt with another body refreshes, an older one or the same body does not`() async throws {
        let database = try await WorkerDatabase()
        let event = WrittenRecord(0, id: "wh_a")
        let newer = event.with { $0.offset = 1; $0.attemptSeconds += 60; $0.body = "newer" }
        let older = event.with { $0.offset = 2; $0.attemptSeconds -= 60; $0.body = "older" }
        let same = event.with { $0.offset = 3; $0.attemptSeconds += 90; $0.body = "newer" }
        let outcomes = try await Self.run([[event], [newer], [older], [same]], on: database)
        #expect(outcomes.map(\.applied) == [1, 0, 0, 0])
        #expect(outcomes.map(\.refreshed) == [0, 1, 0, 0])
        #expect(outcomes.map(\.duplicates) == [0, 0, 1, 1])
        #expect(try await database.rows("select body, outcome from scripted.effects order by 1") == [["good", "applied"], ["newer", "refreshed"]])
    }

    @Test func `what changed nothing counts as stale, not as applied`() async throws {
        let database = try await WorkerDatabase()
        let outcomes = try await Self.run([[WrittenRecord(0), WrittenRecord(1, body: "late")]], on: database)
        #expect(outcomes.map(\.applied) == [1] && outcomes.map(\.stale) == [1])
        #expect(try await database.rows("select outcome from worker.inbox where webhook_id = 'wh_1'") == [["stale"]])
    }

    @Test func `what is of no concern to the stage is ignored, told apart, and known when it comes again`() async throws {
        let database = try await WorkerDatabase()
        let foreign = WrittenRecord(1, body: "foreign")
        let outcomes = try await Self.run([[WrittenRecord(0), foreign], [foreign.with { $0.offset = 2 }], [foreign.with { $0.offset = 3; $0.attemptSeconds += 60; $0.body = "good" }]], on: database)
        #expect(outcomes.map(\.applied) == [1, 0, 0] && outcomes.map(\.ignored) == [1, 0, 0] && outcomes.map(\.duplicates) == [0, 1, 0] && outcomes.map(\.refreshed) == [0, 0, 1])
        #expect(try await database.rows("select webhook_id, outcome from worker.inbox order by 1") == [["wh_0", "applied"], ["wh_1", "refreshed"]])
        #expect(try await database.number("select count(*) from scripted.effects") == 2)
    }

    @Test func `a former owner of the lane writes nothing`() async throws {
        let database = try await WorkerDatabase()
        try await onThread {
            let connection = try database.connect()
            defer { connection.close() }
            let transaction = LaneTransaction(ScriptedHandler())
            let mine = try LaneTransaction.take(connection, worker: "billing", lane: 0, owner: "zombie")
            let theirs = try LaneTransaction.take(connection, worker: "billing", lane: 0, owner: "heir")
            #expect(theirs == mine + 1)
            let error = #expect(throws: PostgresError.self) {
                try transaction.run([WrittenRecord(0).record], faults: [:], lane: 0, epoch: mine, on: connection)
            }
            #expect(error?.sqlstate == "NB001")
            // The connection is good for the next: the owner's goes through.
            #expect(try transaction.run([WrittenRecord(1).record], faults: [:], lane: 0, epoch: theirs, on: connection).applied == 1)
        }
        #expect(try await database.rows("select webhook_id from worker.inbox") == [["wh_1"]])
        #expect(try await database.rows("select webhook_id from scripted.effects") == [["wh_1"]])
    }

    @Test func `a new owner waits for a transaction of the old one that is under way`() async throws {
        let database = try await WorkerDatabase()
        try await onThread {
            let old = try database.connect(), new = try database.connect()
            let epoch = try LaneTransaction.take(old, worker: "billing", lane: 0, owner: "old")
            try old.execute("begin")
            _ = try old.query("select worker.advance_lane('billing', 0, $1::bigint, '{}', 1)", [.int8(epoch)])
            try new.execute("set lock_timeout = '200ms'")
            let error = #expect(throws: PostgresError.self) { try LaneTransaction.take(new, worker: "billing", lane: 0, owner: "new") }
            #expect(error?.sqlstate == "55P03")
            try old.execute("commit")
            #expect(try LaneTransaction.take(new, worker: "billing", lane: 0, owner: "new") == epoch + 1)
            old.close()
            new.close()
        }
    }

    @Test func `what the handler cannot read is parked in the transaction of the others, with its bytes`() async throws {
        let database = try await WorkerDatabase()
        let outcomes = try await Self.run([[WrittenRecord(0), WrittenRecord(1, body: "unreadable"), WrittenRecord(2)]], on: database)
        #expect(outcomes.map(\.applied) == [2] && outcomes.map(\.deadLetters) == [["not-readable"]])
        let letters = try await database.rows(
            "select webhook_id, convert_from(body, 'UTF8'), convert_from(key, 'UTF8'), reason, fingerprint, state, attempts, kafka_offset, headers->0->>'value' from worker.dead_letters")
        #expect(letters == [["wh_1", "unreadable", "pay_1", "not-readable", "payment.succeeded/not-readable", "parked", "1", "1", "wh_1"]])
        #expect(try await database.rows("select outcome from worker.inbox where webhook_id = 'wh_1'") == [["dead-lettered"]])
    }

    @Test func `a record without an id is parked under its place`() async throws {
        let database = try await WorkerDatabase()
        _ = try await Self.run([[WrittenRecord(5).with { $0.id = nil }]], on: database)
        #expect(try await database.rows("select webhook_id, reason from worker.dead_letters") == [["dodo.payment.succeeded/0/5", "no-webhook-id"]])
    }

    @Test func `a refused batch leaves nothing behind, no dead letter either`() async throws {
        let database = try await WorkerDatabase()
        let error = await #expect(throws: PostgresError.self) {
            try await Self.run([[WrittenRecord(0), WrittenRecord(1, body: "unreadable"), WrittenRecord(2, body: "poison")]], on: database)
        }
        #expect(error?.constraint == "no_poison")
        for table in ["worker.inbox", "worker.dead_letters", "worker.outbox", "scripted.effects"] {
            #expect(try await database.number("select count(*) from \(table)") == 0, "\(table)")
        }
        #expect(try await database.number("select handled from worker.progress") == 0)
    }

    @Test func `what was parked and can be applied now heals its letter`() async throws {
        let database = try await WorkerDatabase()
        let bad = WrittenRecord(0, id: "wh_a", body: "unreadable")
        let outcomes = try await Self.run([[bad], [bad.with { $0.offset = 1; $0.attemptSeconds += 60; $0.body = "good" }]], on: database)
        #expect(outcomes.map(\.refreshed) == [0, 1])
        #expect(try await database.rows("select state from worker.dead_letters") == [["redriven"]])
        #expect(try await database.number("select count(*) from scripted.effects") == 1)
    }

    @Test func `reads little, however much is parked`() async throws {
        let database = try await WorkerDatabase()
        try await onThread {
            let connection = try database.connect()
            defer { connection.close() }
            let transaction = LaneTransaction(ScriptedHandler())
            let epoch = try LaneTransaction.take(connection, worker: "billing", lane: 0, owner: "test")
            func rowsRead(by records: WrittenRecord...) throws -> Int64 {
                let before = try connection.rowsReadSoFar()
                _ = try transaction.run(records.map(\.record)[...], faults: [:], lane: 0, epoch: epoch, on: connection)
                return try connection.rowsReadSoFar() - before
            }
            let known = WrittenRecord(0, id: "wh_a"), unreadable = WrittenRecord(1, id: "wh_b", body: "unreadable")
            _ = try rowsRead(by: known, unreadable)
            try connection.execute("""
                insert into worker.dead_letters (worker, webhook_id, event_type, topic, partition, kafka_offset, attempt_at, headers, body, reason, detail, fingerprint)
                select 'billing', 'parked_' || n, 't', 't', 0, n, now(), '[]', '', 'r', 'd', 'f' from generate_series(1, 3000) n
                """)
            let one = try rowsRead(by: WrittenRecord(2, id: "wh_c"))
            #expect((1..<20).contains(one), "\(one) rows for a new one")
            let again = try rowsRead(by: known.with { $0.offset = 3; $0.attemptSeconds += 60; $0.body = "newer" })
            #expect((1..<20).contains(again), "\(again) rows for one that is refreshed")
            let healed = try rowsRead(by: unreadable.with { $0.offset = 4; $0.body = "good" })
            #expect((1..<20).contains(healed), "\(healed) rows for one that can be applied now")
            let parked = try rowsRead(by: WrittenRecord(5, id: "wh_d", body: "unreadable"))
            #expect((1..<20).contains(parked), "\(parked) rows for one that is parked")
            let states = try connection.query("select string_agg(state, ' ' order by webhook_id) from worker.dead_letters where webhook_id like 'wh_%'").text(0, 0)
            #expect(states == "redriven parked")
        }
    }

    @Test func `heals a letter also when somebody else changes it at that moment`() async throws {
        let database = try await WorkerDatabase()
        let bad = WrittenRecord(0, id: "wh_a", body: "unreadable")
        _ = try await Self.run([[bad]], on: database)
        let other = try await onThread { try Connection(database.conninfo) }
        try await onThread { try other.execute("begin; update worker.dead_letters set attempts = attempts + 1") }
        async let healed = Self.run([[bad.with { $0.offset = 1; $0.attemptSeconds += 60; $0.body = "good" }]], on: database)
        #expect(try await eventually { try await database.number("select count(*) from pg_locks where not granted") > 0 })
        try await onThread { try other.execute("commit") }
        #expect(try await healed.map(\.refreshed) == [1])
        #expect(try await database.rows("select state from worker.dead_letters") == [["redriven"]])
    }
}
