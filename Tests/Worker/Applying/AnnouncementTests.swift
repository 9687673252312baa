import Events
import Foundation
import LibPQ
import TestKit
import Testing
import Worker

/// Dead letters are announced through the outbox, in the transaction that parks them.
@Suite(.timeLimit(.minutes(2))) struct AnnouncementTests {
    static let bad = WrittenRecord(3, id: "wh_a", body: "unreadable")
    static let all = "select id, topic, key, type from worker.outbox order by position"

    @Test func `a letter newly parked is announced: why and where, and nothing of the event`() async throws {
        let database = try await WorkerDatabase()
        _ = try await LaneTransactionTests.run([[WrittenRecord(0), Self.bad.with { $0.key = "cus_secret@example.com" }]], on: database)
        #expect(
            try await database.rows(Self.all) == [["dead-letter/billing/wh_a@1", "nicobar.dead-letter.billing", "wh_a", "nicobar.dead-letter.billing"]])
        let body = try await database.rows("select convert_from(body, 'UTF8') from worker.outbox")[0][0]
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(fields["reason"] as? String == "not-readable" && fields["detail"] as? String == "the handler cannot read it")
        #expect(fields["topic"] as? String == "dodo.payment.succeeded" && fields["partition"] as? Int == 0 && fields["offset"] as? Int == 3)
        #expect(fields["fingerprint"] as? String == "payment.succeeded/not-readable" && fields["event_type"] as? String == "payment.succeeded")
        #expect(fields["event_at"] as? String == "2026-01-01T00:00:00.000000Z" && fields["revision"] as? Int == 1)
        #expect(!body.contains("unreadable") && !body.contains("secret"))
        // Exactly what the published schema says must be there, and nothing it does not know.
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: Self.schema)) as? [String: Any])
        #expect(Set(fields.keys) == Set(try #require(schema["required"] as? [String])))
        #expect(Set(fields.keys) == Set(try #require(schema["properties"] as? [String: Any]).keys))
    }

    static var schema: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("schemas/events/nicobar.dead-letter.json")
    }

    @Test func `the same record read again is not announced again`() async throws {
        let database = try await WorkerDatabase()
        _ = try await LaneTransactionTests.run([[Self.bad]], on: database)
        #expect(try await database.rows(Self.all).count == 1)
        // The announcement was relayed meanwhile: nothing in the outbox tells of it any more.
        try await database.execute("delete from worker.outbox")
        _ = try await LaneTransactionTests.run([[Self.bad], [Self.bad, WrittenRecord(4)]], on: database)
        #expect(try await database.rows(Self.all).isEmpty)
        #expect(try await database.number("select attempts from worker.dead_letters") == 1)
    }

    @Test func `another sight of the event, and one that somebody had dealt with, are announced with the next revision`() async throws {
        let database = try await WorkerDatabase()
        _ = try await LaneTransactionTests.run([[Self.bad], [Self.bad.with { $0.offset = 9; $0.attemptSeconds += 5 }]], on: database)
        try await database.execute("update worker.dead_letters set state = 'discarded'")
        _ = try await LaneTransactionTests.run([[Self.bad.with { $0.offset = 9; $0.attemptSeconds += 5 }]], on: database)
        #expect(try await database.rows(Self.all).map { $0[0] } == (1...3).map { "dead-letter/billing/wh_a@\($0)" })
    }

    @Test func `in test mode the topic has the test prefix, the type has not`() async throws {
        let database = try await WorkerDatabase()
        try await onThread {
            let connection = try database.connect()
            defer { connection.close() }
            let epoch = try LaneTransaction.take(connection, worker: "billing", lane: 0, owner: "test")
            _ = try LaneTransaction(ScriptedHandler(), mode: .test).run([Self.bad.record], faults: [:], lane: 0, epoch: epoch, on: connection)
        }
        #expect(try await database.rows(Self.all).map { [$0[1], $0[3]] } == [["nicobar-test.dead-letter.billing", "nicobar.dead-letter.billing"]])
    }
}
