import Events
import Fulfilment
import LibPQ
import TestKit
import Testing
import Worker

@Suite("products that the catalogue does not list", .timeLimit(.minutes(1))) struct UnlistedTests {
    private static func purchase(_ id: String, _ products: String..., status: String = "succeeded") -> WrittenEvent {
        let cart = products.map { #"{"product_id":"\#($0)","quantity":1}"# }.joined(separator: ",")
        return WrittenEvent("msg_\(id)", "payment.\(status)", at: day(0), #"{"payment_id":"\#(id)","status":"\#(status)","product_cart":[\#(cart)]}"#)
    }

    private static func subscription(_ id: String, _ product: String) -> WrittenEvent {
        WrittenEvent(
            "msg_\(id)", "subscription.active", at: day(0),
            #"{"subscription_id":"\#(id)","status":"active","product_id":"\#(product)","quantity":1,"created_at":"\#(day(0))","previous_billing_date":"\#(day(0))","next_billing_date":"\#(day(30))"}"#)
    }

    @Test func `are noticed when they are bought, once or by subscription, and those that are listed are not`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(1)), store = CatalogueStore(try Connection(conninfo))
            func noticed(_ events: WrittenEvent...) throws -> [String] {
                try ledger.apply(events)
                #expect(ledger.notices.allSatisfy { $0.tally.metric == "nicobar_fulfilment_unlisted_products_total" })
                return ledger.notices.map(\.subject).sorted()
            }
            #expect(try noticed(Self.purchase("pay_0", "pdt_1")) == ["pdt_1"], "nothing is listed before a catalogue is applied")
            _ = try store.apply(Array(#"{"products":[{"product_id":"pdt_1","features":["pro"]}]}"#.utf8), by: "me")
            #expect(try noticed(Self.purchase("pay_1", "pdt_1")) == [])
            #expect(try noticed(Self.purchase("pay_2", "pdt_1", "pdt_2"), Self.subscription("sub_1", "pdt_3"), Self.subscription("sub_2", "pdt_1")) == ["pdt_2", "pdt_3"])
            #expect(try noticed(Self.purchase("pay_3", "pdt_4", status: "failed")) == [], "not bought")
            #expect(try store.unlisted().map(\.productId).sorted() == ["pdt_2", "pdt_3"])
            // What the default grants is granted, and is noticed all the same: nobody has listed it.
            _ = try store.apply(Array(#"{"products":[{"product_id":"pdt_1","features":["pro"]}],"default":{"features":["basic"]}}"#.utf8), by: "me")
            #expect(try noticed(Self.purchase("pay_4", "pdt_2")) == ["pdt_2"])
            #expect(try ledger.value("select state || ' ' || features from fulfilment.entitlements where entitlement_id = 'pay_4/pdt_2'") == #"active ["basic"]"#)
        }
    }

    @Test func `are noticed by the sweep too`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: day(1))
            try ledger.apply([Self.purchase("pay_1", "pdt_2")])
            try ledger.connection.execute("update fulfilment.subjects set due_at = '\(day(0))'")
            let sweep = try #require(FulfilmentHandler(mode: .live, now: day(1)).makeSweep())
            #expect(try Sweeper.sweep(sweep, limit: 10, on: ledger.connection) == 1)
            #expect(sweep.notices.map(\.subject) == ["pdt_2"])
        }
    }
}
