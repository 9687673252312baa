import Events
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing
import Worker

/// What an event must have, what it may lack, and that arrival in any order finds its way.
@Suite("reading an event into fulfilment") struct ReadingTests {
    private static func fault(_ event: WrittenEvent) -> RecordFault? {
        let batch = FulfilmentHandler(mode: .live).makeBatch()
        do throws(RecordFault) {
            try event.lend { (lent) throws(RecordFault) in try batch.add(lent) }
            return nil
        } catch {
            #expect(batch.steps().isEmpty, "a fault leaves nothing behind")
            #expect(!batch.decides)
            return error
        }
    }

    /// - Parameter type: empty for a message without the header.
    private static func event(_ type: String, _ data: String) -> WrittenEvent {
        var event = WrittenEvent("msg_1", type, at: day(0), data)
        if type.isEmpty { event.type = nil }
        return event
    }

    @Test func `every event that the simulator sends is taken`() {
        for semantics in BodySemantics.allCases {
            for story in Story.customers(34, seed: 7) {
                for event in story.events where FulfilmentHandler.consumes(event.type) {
                    #expect(Self.fault(WrittenEvent(Delivery(first: event, of: story, semantics))) == nil, "\(event.type)")
                }
            }
        }
    }

    @Test(arguments: [
        ("payment.succeeded", #"{"payment_id":"pay_1"}"#), ("refund.failed", #"{"refund_id":"ref_1","payment_id":"pay_1"}"#),
        ("dispute.won", #"{"dispute_id":"dp_1","payment_id":"pay_1"}"#), ("subscription.active", #"{"subscription_id":"sub_1"}"#),
        ("payment.succeeded", #"{"payment_id":"pay_1","product_cart":[ ],"subscription_ids":[],"service_periods":null,"customer":null,"new":{"a":[]}}"#),
        ("payment.succeeded", #"{"payment_id":"pay_1","status":"succeeded","product_cart":[ {"product_id":"a,]\"b","quantity":2.0} , {"product_id":"c"}]}"#),
        ("payment.succeeded", #"{"payment_id":"pay_1","status":"succeeded","subscription_ids":[ "s,1" , "s]2" ]}"#),
    ])
    func `little must be there, and what is unknown is no fault`(type: String, data: String) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(1))
            try ledger.apply([Self.event(type, data)])
            if data.contains("a,]") {
                #expect(try ledger.value("select string_agg(product_id || ' ' || quantity, '; ' order by line) from fulfilment.order_lines") == #"a,]"b 2; c 1"#)
            }
            if data.contains("s,1") {
                #expect(try ledger.value("select string_agg(subject_id, ' ' order by subject_id) from fulfilment.subjects") == "pay_1 s,1 s]2")
            }
        }
    }

    @Test(arguments: [
        ("payment.succeeded", "{}", "missing-field"), ("payment.succeeded", #"{"payment_id":7}"#, "wrong-type"), ("payment.succeeded", "7", "missing-field"),
        ("payment.succeeded", #"{"payment_id":"p","status":1}"#, "wrong-type"), ("payment.succeeded", #"{"payment_id":"p","product_cart":{}}"#, "wrong-type"),
        ("payment.succeeded", #"{"payment_id":"p","product_cart":[7]}"#, "wrong-type"),
        ("payment.succeeded", #"{"payment_id":"p","product_cart":[{"product_id":"a","quantity":100001}]}"#, "quantity-out-of-range"),
        ("payment.succeeded", #"{"payment_id":"p","product_cart":[{"product_id":"a","quantity":-1}]}"#, "quantity-out-of-range"),
        ("payment.succeeded", #"{"payment_id":"p","subscription_ids":[7]}"#, "wrong-type"),
        ("payment.succeeded", #"{"payment_id":"p","service_periods":[{"subscription_id":"s","starts_at":"soon"}]}"#, "wrong-type"),
        ("refund.succeeded", #"{"refund_id":"r"}"#, "missing-field"), ("dispute.opened", #"{"dispute_id":"d"}"#, "missing-field"),
        ("subscription.active", #"{"subscription_id":"s","quantity":-3}"#, "quantity-out-of-range"),
        ("subscription.active", #"{"subscription_id":"s","next_billing_date":"2026-13-01T00:00:00Z"}"#, "wrong-type"),
        ("subscription.active", #"{"subscription_id":"s\u0000"}"#, "nul-character"), ("license_key.created", #"{"id":"lic_1"}"#, "unrecognised-event"),
        ("payment.invented", #"{"payment_id":"p"}"#, "unrecognised-event"), ("", "{}", "missing-header"),
    ])
    func `a fault has a name and leaves nothing behind`(type: String, data: String, reason: String) {
        #expect(Self.fault(Self.event(type, data))?.reason == reason)
    }

    @Test func `a body of another type, or without a time, is refused`() {
        #expect(Self.fault(WrittenEvent("m", type: "payment.failed", body: Array(#"{"type":"payment.succeeded","timestamp":"2026-01-01T00:00:00Z","data":{"payment_id":"p"}}"#.utf8)))?.reason == "type-mismatch")
        #expect(Self.fault(WrittenEvent("m", type: "payment.failed", body: Array(#"{"type":"payment.failed","data":{"payment_id":"p"}}"#.utf8)))?.reason == "no-timestamp")
        #expect(Self.fault(WrittenEvent("m", type: "payment.failed", body: Array("nonsense".utf8)))?.reason == "not-json")
    }

    @Test func `a refund that comes before its payment takes it back, and a payment that fails after it succeeded stays an order`() async throws {
        let conninfo = try await ConvergenceTests.database(), product = Simulator::Catalogue.desktopLicence.id
        @Sendable func payment(_ status: String, at time: Double) -> WrittenEvent {
            WrittenEvent("msg_\(status)", "payment.\(status)", at: day(time), """
                {"payment_id":"pay_1","status":"\(status)","currency":"USD","total_amount":100,"product_cart":[{"product_id":"\(product)","quantity":1}]}
                """)
        }
        let refund = WrittenEvent("msg_r", "refund.succeeded", at: day(1), #"{"refund_id":"ref_1","payment_id":"pay_1","status":"succeeded","is_partial":false,"amount":100,"currency":"USD"}"#)
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(3))
            for events in [[refund, payment("succeeded", at: 0)], [payment("succeeded", at: 0), refund]] {
                try ledger.connection.execute("begin")
                for event in events { try ledger.apply([event], isOpen: true) }
                #expect(try ledger.value("select state || ' ' || refunded_amount from fulfilment.orders") == "refunded 100")
                #expect(try ledger.value("select state || ' ' || reason from fulfilment.entitlements") == "revoked refunded")
                try ledger.connection.execute("rollback")
            }
            for events in [[payment("failed", at: 2), payment("succeeded", at: 0)], [payment("succeeded", at: 0), payment("failed", at: 2)]] {
                try ledger.connection.execute("begin")
                for event in events { try ledger.apply([event], isOpen: true) }
                #expect(try ledger.value("select state from fulfilment.orders") == "reversed")
                #expect(try ledger.value("select state || ' ' || reason from fulfilment.entitlements") == "revoked payment-reversed")
                try ledger.connection.execute("rollback")
            }
        }
    }

    @Test func `an event that comes again changes nothing and tells nothing`() async throws {
        let conninfo = try await ConvergenceTests.database()
        let story = Story.customer(living: [.pausedAndChanged], seed: 5)
        let events = DeliveryPlan(seed: 5).deliveries(of: [story]).map { WrittenEvent($0) }
        try await onThread {
            let ledger = try Ledger(conninfo, now: ConvergenceTests.now)
            try ledger.apply(events)
            let before = try ledger.value("select count(*) || ' ' || sum(length(body)) from worker.outbox"), revisions = try ledger.value("select sum(revision) from fulfilment.entitlements")
            try ledger.apply(events)
            for event in events { try ledger.apply([event]) }
            #expect(try ledger.value("select count(*) || ' ' || sum(length(body)) from worker.outbox") == before)
            #expect(try ledger.value("select sum(revision) from fulfilment.entitlements") == revisions)
        }
    }
}
