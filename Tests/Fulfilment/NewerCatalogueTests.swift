import Events
import Fulfilment
import LibPQ
import TestKit
import Testing
import Worker

@Suite("a catalogue that only a newer program can read", .timeLimit(.minutes(1))) struct NewerCatalogueTests {
    private static let newer = #"insert into fulfilment.catalogue_versions values (7, '{"products":[{"product_id":"pdt_1","from_the_future":true}]}', 'a newer nicobar')"#

    private static func purchase(_ id: String) -> WrittenEvent {
        WrittenEvent("msg_\(id)", "payment.succeeded", at: day(0), #"{"payment_id":"\#(id)","status":"succeeded","product_cart":[{"product_id":"pdt_1","quantity":1}]}"#)
    }

    @Test func `stops nothing for good: not a row is written, no event is parked, and the same worker goes on under one that it can read`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: nil)
            try ledger.connection.execute(Self.newer)
            for _ in 0..<3 {
                let error = #expect(throws: PostgresError.self) { try ledger.apply([Self.purchase("pay_1"), Self.purchase("pay_2")]) }
                #expect(error?.sqlstate == "NB003" && error?.isObstacle == true)
                #expect(error.map { Remedy(for: $0) } == .wait, "a record would be sought and parked")
                let words = error?.message ?? ""
                #expect(words.contains("version 7") && words.contains("from_the_future") && words.contains("nicobar catalog apply"), "\(words)")
            }
            #expect(try ledger.value("select (select count(*) from worker.inbox) || ' ' || (select count(*) from fulfilment.payments) || ' ' || (select count(*) from worker.outbox)") == "0 0 0")

            try ledger.connection.execute(#"insert into fulfilment.catalogue_versions values (8, '{"products":[{"product_id":"pdt_1","features":["pro"]}]}', 'me')"#)
            try ledger.apply([Self.purchase("pay_1"), Self.purchase("pay_2")])
            #expect(try ledger.value("select count(*) || ' ' || min(catalogue_version) from fulfilment.entitlements where state = 'active'") == "2 8")
        }
    }

    @Test func `leaves what is due for the sweep due`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: nil)
            try ledger.apply([Self.purchase("pay_1")])
            try ledger.connection.execute("update fulfilment.subjects set due_at = now() - interval '1 minute'; " + Self.newer)
            let error = #expect(throws: PostgresError.self) { try ledger.sweep() }
            #expect(error?.sqlstate == "NB003" && error?.kind != .record, "one that is at fault would be put off for an hour")
            try ledger.connection.execute("delete from fulfilment.catalogue_versions")
            #expect(try ledger.sweep() == 1)
        }
    }

    @Test func `gives way to one that this program can read, and all that was bought is concluded again`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: nil), store = CatalogueStore(try Connection(conninfo))
            _ = try store.apply(Array(#"{"products":[{"product_id":"pdt_1","features":["pro"]}]}"#.utf8), by: "me")
            try ledger.apply([Self.purchase("pay_1"), Self.purchase("pay_2")])
            try ledger.connection.execute(Self.newer)
            let change = try store.apply(Array(#"{"products":[{"product_id":"pdt_1","features":["pro"]}]}"#.utf8), by: "me")
            #expect(change == .init(version: 8, isNew: true, products: ["pdt_1"], unlisted: true, subjects: 2))
            #expect(try ledger.sweep() == 2)
        }
    }
}
