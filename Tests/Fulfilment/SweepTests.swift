import Events
import Foundation
import Fulfilment
import LibPQ
import Observability
import Simulator
import TestKit
import Testing
import Worker

/// What happens although nothing is heard.
@Suite("deadlines") struct SweepTests {
    private static func begun(_ number: Int, _ status: String = "active") -> WrittenEvent {
        WrittenEvent("msg_\(number)", "subscription.active", at: day(0), """
            {"subscription_id":"sub_\(number)","status":"\(status)","product_id":"\(solo)","quantity":1,"created_at":"\(day(0))","previous_billing_date":"\(day(0))",
            "next_billing_date":"\(day(30))","cancel_at_next_billing_date":true,"customer":{"customer_id":"cus_1"}}
            """)
    }

    static func database() async throws -> String {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            _ = try CatalogueStore(Connection(conninfo)).apply(
                Array(#"{"products":[{"product_id":"\#(solo)","features":["basic"],"grace_hours":48},{"product_id":"\#(desktop)","valid_days":10}]}"#.utf8), by: "tests")
        }
        return conninfo
    }

    @Test func `are kept, each once, by two that sweep at once`() async throws {
        let conninfo = try await Self.database(), count = 400
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(1))
            try ledger.apply((0..<count).map { Self.begun($0) })
            #expect(try ledger.value("select count(*) from fulfilment.subjects where due_at = $1::timestamptz", day(30).description) == String(count))
            #expect(try ledger.sweep() == 0, "nothing is due yet")
            try ledger.connection.execute("truncate worker.outbox")
        }
        let swept = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 { group.addTask { try await onThread { try Ledger(conninfo, now: day(30)).sweep(limit: 7) } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(swept.reduce(0, +) == count)
        #expect(swept.allSatisfy { $0 > 0 }, "both took part: \(swept)")
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(31))
            #expect(try ledger.value("select count(*) from fulfilment.entitlements where state = 'revoked' and reason = 'period-ended' and revision = 2") == String(count))
            #expect(try ledger.value("select count(*) || ' ' || count(distinct id) from worker.outbox where type = 'nicobar.entitlement.revoked'") == "\(count) \(count)")
            #expect(try ledger.value("select count(*) from fulfilment.subjects where due_at is not null") == "0")
            #expect(try ledger.sweep() == 0)
        }
    }

    @Test func `end in the same state whether an event or the sweep comes first`() async throws {
        let cancelled = WrittenEvent("msg_end", "subscription.cancelled", at: day(30.1), """
            {"subscription_id":"sub_1","status":"cancelled","product_id":"\(solo)","quantity":1,"created_at":"\(day(0))","previous_billing_date":"\(day(0))",
            "next_billing_date":"\(day(30))","cancel_at_next_billing_date":true,"cancelled_at":"\(day(30.1))","customer":{"customer_id":"cus_1"}}
            """)
        let one = try await Self.database(), two = try await Self.database()
        try await onThread {
            let first = try Ledger(one, now: day(31)), second = try Ledger(two, now: day(31))
            try Ledger(one, now: day(1)).apply([Self.begun(1)])
            try Ledger(two, now: day(1)).apply([Self.begun(1)])
            #expect(try first.sweep() == 1)
            try first.apply([cancelled])
            try second.apply([cancelled])
            #expect(try second.sweep() == 0)
            #expect(try first.state() == second.state())
            #expect(try first.told() == second.told())
        }
    }

    @Test func `of a purchase for a time are kept too, and one that is refused does not hold up the others`() async throws {
        let conninfo = try await Self.database()
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(1))
            try ledger.apply((0..<20).map {
                WrittenEvent("msg_\($0)", "payment.succeeded", at: day(0),
                    #"{"payment_id":"pay_\#($0)","status":"succeeded","product_cart":[{"product_id":"\#(desktop)","quantity":1}]}"#)
            })
            // What a mistake of ours would look like: a row that the database refuses.
            try ledger.connection.execute("""
                alter table fulfilment.entitlements add constraint no_luck check (source_id <> 'pay_3' or state <> 'revoked');
                update fulfilment.subjects set due_at = due_at - interval '1 minute' where subject_id = 'pay_3'
                """)
        }
        let signals = WorkerSignals(metrics: Metrics(), health: Health(waitingFor: []), log: Log(program: "test", level: .error, format: .text))
        let sweeper = Sweeper(FulfilmentHandler(mode: .live, now: day(11)), conninfo: conninfo, signals: signals)
        sweeper.start()
        let done = try await eventually {
            try await onThread { try Ledger(conninfo, now: day(11)).value("select count(*) from fulfilment.entitlements where state = 'revoked'") == "19" }
        }
        sweeper.stop(until: .now + .seconds(60))
        #expect(done)
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(11))
            #expect(try ledger.value("select due_at > now() from fulfilment.subjects where subject_id = 'pay_3'") == "t", "it waits for an hour")
        }
    }

    @Test func `are kept by the database's clock`() async throws {
        let conninfo = try await Self.database()
        try await onThread {
            try Ledger(conninfo, now: day(1)).apply([Self.begun(1)])
            let connection = try Connection(conninfo)
            try connection.execute("update fulfilment.subscriptions set next_billing_date = now() - interval '1 second'; update fulfilment.subjects set due_at = now()")
            let handler = FulfilmentHandler(mode: .test)
            try LaneTransaction.prepare(connection, for: handler)
            let batch = try #require(handler.makeSweep())
            #expect(try Sweeper.sweep(batch, limit: 10, on: connection) == 1)
            #expect(try connection.query("select topic from worker.outbox where type = 'nicobar.entitlement.revoked'").text(0, 0) == "nicobar-test.entitlement.revoked")
            let late = try connection.query("select extract(epoch from now() - changed_at) from fulfilment.entitlements").double(0, 0) ?? 99
            #expect(abs(late) < 30)
        }
    }
}
