import Events
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing

@Suite("fulfilment looks rows up", .timeLimit(.minutes(2))) struct LookUpTests {
    @Test(arguments: StageLedger.Beginning.allCases)
    func `an event reads little, whenever the plans were made`(beginning: StageLedger.Beginning) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try StageLedger(try Connection(conninfo), FulfilmentHandler(mode: .live, now: day(60)))
            func events(_ seed: UInt64, _ count: Int) -> [WrittenEvent] {
                DeliveryPlan(seed: seed).deliveries(events: count).filter { FulfilmentHandler.consumes($0.type) }.map { WrittenEvent($0) }
            }
            let (eachOfMany, oneAlone) = try ledger.rowsRead(beginning, early: events(1, 1500), many: events(2, 9000), late: events(3, 150))
            #expect(eachOfMany < 20 && (1..<50).contains(oneAlone), "\(eachOfMany) rows for each of many, \(oneAlone) for one alone")
        }
    }

    @Test func `a sweep reads what is due, however many have a deadline`() async throws {
        let conninfo = try await SweepTests.database()
        try await onThread {
            let ledger = try StageLedger(try Connection(conninfo), FulfilmentHandler(mode: .live, now: day(1)))
            _ = try ledger.sweep()
            // Each has the end of what is paid for as its deadline; that of one is over.
            try ledger.apply((0..<2000).map { number in
                WrittenEvent("msg_\(number)", "subscription.active", at: day(0), """
                    {"subscription_id":"sub_\(number)","status":"active","product_id":"\(solo)","quantity":1,"created_at":"\(day(0))",
                    "previous_billing_date":"\(day(0))","next_billing_date":"\(day(number == 7 ? 1.5 : 30))","cancel_at_next_billing_date":true,"customer":{"customer_id":"cus_1"}}
                    """)
            })
            let later = try StageLedger(ledger.connection, FulfilmentHandler(mode: .live, now: day(5)), isPrepared: true)
            let before = try ledger.connection.rowsReadSoFar()
            let swept = try later.sweep()
            let read = try ledger.connection.rowsReadSoFar() - before
            #expect(swept == 1)
            #expect((1..<50).contains(read), "\(read) rows")
        }
    }
}
