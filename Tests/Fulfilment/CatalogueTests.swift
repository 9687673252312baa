import Events
import Foundation
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing

@Suite("the catalogue") struct CatalogueTests {
    private static func fault(_ json: String) -> String? {
        do throws(CatalogueFault) {
            _ = try CatalogueFile.read(Array(json.utf8))
            return nil
        } catch { return error.description }
    }

    @Test func `of this machine is one by code and schema, and lists what the simulator sells`() throws {
        let bytes = try ConvergenceTests.demoCatalogue()
        let catalogue = try CatalogueFile.read(bytes)
        #expect(try SchemaCheck("catalog.schema.json").faults(bytes).isEmpty)
        let sold = [Simulator::Catalogue.desktopLicence, Simulator::Catalogue.iconBundle] + Simulator::Catalogue.plans
        #expect(Set(catalogue.products.keys) == Set(sold.map(\.id)))
        for product in sold { #expect(catalogue.product(product.id)?.name == product.name) }
    }

    static let faults: [(String, String)] = [
        ("{", "the file is not JSON"), ("[]", "another type"), ("{}", "products is missing"),
        (#"{"products":[{}]}"#, "products[0].product_id is missing"), (#"{"products":[{"product_id":7}]}"#, "products[0].product_id has another type"),
        (#"{"products":[{"product_id":"a"},{"product_id":"a"}]}"#, "products[1].product_id a is listed twice"),
        (#"{"products":[{"product_id":"a","featurs":[]}]}"#, "products[0].featurs is not known; possible are"),
        (#"{"products":[],"defaults":null}"#, "defaults is not known"),
        (#"{"products":[{"product_id":"a","features":["Pro!"]}]}"#, "products[0].features[0] is not a name"),
        (#"{"products":[{"product_id":"a","features":["a","a"]}]}"#, "names something twice"),
        (#"{"products":[{"product_id":"a","grace_hours":-1}]}"#, "products[0].grace_hours is -1; from 0 to 2400"),
        (#"{"products":[{"product_id":"a","on_dispute":"pray"}]}"#, "products[0].on_dispute is not one of the values"),
        (#"{"products":[{"product_id":"a","licence_policy":{"key_prefix":"A"}}]}"#, "products[0].licence_policy.keys_per is missing"),
        (#"{"products":[{"product_id":"a","licence_policy":{"keys_per":"unit","key_prefix":"acme"}}]}"#, "key_prefix is not 1 to 12 capital letters"),
        (#"{"products":[{"product_id":"a","licence_policy":{"keys_per":"unit","key_prefix":"A","activations":0}}]}"#, "activations is 0"),
        (#"{"products":[],"default":{"product_id":"a"}}"#, "default.product_id must not be there"),
    ]

    @Test(arguments: faults)
    func `with a fault is refused, and the place is named`(json: String, expected: String) throws {
        #expect(Self.fault(json)?.contains(expected) == true, "\(Self.fault(json) ?? "taken")")
        // The schema refuses it too, but for what it cannot say: that an id is listed once.
        if !expected.contains("listed twice"), json != "{" { #expect(try !SchemaCheck("catalog.schema.json").faults(Array(json.utf8)).isEmpty, "\(json)") }
    }

    @Test func `has the same names in code and schema`() throws {
        let schema = try SchemaCheck("catalog.schema.json")
        func possible(_ json: String) -> Set<String> {
            Set((Self.fault(json) ?? "").components(separatedBy: "possible are ").last?.components(separatedBy: ", ") ?? [])
        }
        #expect(possible(#"{"x":1,"products":[]}"#) == schema.names())
        #expect(possible(#"{"products":[{"x":1}]}"#) == schema.names("properties", "products", "items"))
        #expect(possible(#"{"products":[],"default":{"x":1}}"#).subtracting(["product_id"]) == schema.names("properties", "default"))
        #expect(possible(#"{"products":[{"product_id":"a","licence_policy":{"x":1}}]}"#)
            == schema.names("properties", "products", "items", "properties", "licence_policy"))
    }

    @Test func `is applied in versions, and marks what it changes and nothing else`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, now: nil), store = CatalogueStore(try Connection(conninfo))
            #expect(try store.current() == nil)
            func purchase(_ id: String, _ product: String) -> WrittenEvent {
                WrittenEvent("msg_\(id)", "payment.succeeded", at: day(0), """
                    {"payment_id":"\(id)","status":"succeeded","currency":"USD","total_amount":100,"product_cart":[{"product_id":"\(product)","quantity":2}]}
                    """)
            }
            try ledger.apply([purchase("pay_a", "pdt_a"), purchase("pay_b", "pdt_b")])
            #expect(try ledger.value("select count(*) from fulfilment.entitlements") == "0", "without a catalogue nothing is granted")
            #expect(try store.unlisted().map(\.productId) == ["pdt_a", "pdt_b"])

            let first = try store.apply(Array(#"{"products":[{"product_id":"pdt_a","features":["one"]}]}"#.utf8), by: "me")
            #expect(first == .init(version: 1, isNew: true, products: ["pdt_a"], unlisted: false, subjects: 1))
            #expect(try ledger.sweep() == 1)
            #expect(try ledger.value("select entitlement_id || ' ' || state || ' ' || features || ' ' || catalogue_version from fulfilment.entitlements") == #"pay_a/pdt_a active ["one"] 1"#)
            #expect(try store.unlisted() == [.init(productId: "pdt_b", orders: 1, subscriptions: 0)])

            let same = try store.apply(Array(#"{"products": [{"product_id":"pdt_a", "features":["one"]}]}"#.utf8), by: "me")
            #expect(same == .init(version: 1, isNew: false, products: [], unlisted: false, subjects: 0))

            let second = try store.apply(Array(#"{"products":[{"product_id":"pdt_a","features":["one","two"]}],"default":{"features":["guest"]}}"#.utf8), by: "me")
            #expect(second == .init(version: 2, isNew: true, products: ["pdt_a"], unlisted: true, subjects: 2))
            #expect(try ledger.sweep() == 2)
            #expect(try ledger.value("select string_agg(entitlement_id || ' ' || features || ' ' || revision, '; ' order by 1) from fulfilment.entitlements")
                == #"pay_a/pdt_a ["one","two"] 2; pay_b/pdt_b ["guest"] 1"#)

            let third = try store.apply(Array(#"{"products":[]}"#.utf8), by: "me")
            #expect(third.subjects == 2)
            #expect(try ledger.sweep() == 2)
            #expect(try ledger.value("select string_agg(state || ' ' || reason, '; ' order by entitlement_id) from fulfilment.entitlements") == "revoked withdrawn; revoked withdrawn")
            #expect(throws: CatalogueFault.self) { try store.apply(Array("{}".utf8), by: "me") }
            #expect(try store.current()?.version == 3)
        }
    }

    @Test func `waits for those who are concluding, and then marks what they have concluded`() async throws {
        let conninfo = try await TestDatabase.fresh()
        @Sendable func file(_ feature: String) -> [UInt8] { Array(#"{"products":[{"product_id":"pdt_a","features":["\#(feature)"]}]}"#.utf8) }
        let open = try await onThread {
            _ = try CatalogueStore(Connection(conninfo)).apply(file("old"), by: "tests")
            let ledger = try Ledger(conninfo, now: nil)
            try ledger.connection.execute("begin")
            try ledger.apply([WrittenEvent("msg_1", "payment.succeeded", at: day(0),
                #"{"payment_id":"pay_1","status":"succeeded","product_cart":[{"product_id":"pdt_a","quantity":1}]}"#)], isOpen: true)
            return Held(ledger: ledger)
        }
        async let change = onThread { try CatalogueStore(Connection(conninfo, applicationName: "the-applier")).apply(file("new"), by: "tests") }
        let isWaiting = try await eventually(within: .seconds(5)) {
            try await onThread {
                try Connection(conninfo).query("select from pg_stat_activity where datname = current_database() and application_name = 'the-applier' and wait_event_type = 'Lock'").rowCount == 1
            }
        }
        #expect(isWaiting)
        try await onThread { try open.ledger.connection.execute("commit") }
        #expect(try await change.subjects == 1)
        try await onThread {
            let ledger = try Ledger(conninfo, now: nil)
            #expect(try ledger.sweep() == 1)
            #expect(try ledger.value("select features::text from fulfilment.entitlements") == #"["new"]"#)
        }
    }

    /// A transaction that is open, handed from thread to thread, one at a time.
    private final class Held: @unchecked Sendable {
        let ledger: Ledger
        init(ledger: Ledger) { self.ledger = ledger }
    }

    @Test func `that is applied while workers conclude reaches all of them`() async throws {
        let conninfo = try await TestDatabase.fresh()
        @Sendable func event(_ number: Int) -> WrittenEvent {
            WrittenEvent("msg_\(number)", "payment.succeeded", at: day(0),
                #"{"payment_id":"pay_\#(number)","status":"succeeded","product_cart":[{"product_id":"pdt_a","quantity":1}]}"#)
        }
        try await withThrowingTaskGroup { group in
            for lane in 0..<3 {
                group.addTask {
                    try await onThread {
                        let ledger = try Ledger(conninfo, now: nil)
                        for number in 0..<60 { try ledger.apply([event(lane * 100 + number)], waits: true) }
                    }
                }
            }
            group.addTask {
                try await onThread {
                    let store = CatalogueStore(try Connection(conninfo))
                    for version in 1...12 { _ = try store.apply(Array(#"{"products":[{"product_id":"pdt_a","features":["v\#(version)"]}]}"#.utf8), by: "me") }
                }
            }
            try await group.waitForAll()
        }
        try await onThread {
            let ledger = try Ledger(conninfo, now: nil)
            _ = try ledger.sweep()
            #expect(try ledger.value("select count(*) || ' ' || min(features::text) || ' ' || max(features::text) from fulfilment.entitlements") == #"180 ["v12"] ["v12"]"#)
        }
    }
}
