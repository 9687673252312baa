import Events
import Foundation
import LibPQ
@testable import Licensing
import Simulator
import TestKit
import Testing
import Worker

/// What Dodo tells of one of its keys, as a test writes it down.
struct DodoKeyEvent {
    enum Carried {
        /// The key with its status.
        case key(_ status: String)
        case nothing
        /// Any JSON in its place.
        case json(String)
    }

    var kind = "created"
    var second = 0
    /// Nil for license_key.created.
    var grant: String? = "entg_1"
    var status = "Delivered"
    var carried = Carried.key("active")
    var key = "lic_1", text = "DODO-KEY-0001"
    var integration = "license_key"
    /// Tells two events with the same content apart.
    var name = ""

    var type: String { grant == nil ? "license_key.created" : "entitlement_grant.\(kind)" }

    var written: WrittenEvent {
        let data =
            if let grant {
                #"{"id":"\#(grant)","integration_type":"\#(integration)","customer_id":"cus_1","payment_id":"pay_1","subscription_id":null,"status":"\#(status)","license_key":\#(carriedJSON)}"#
            } else {
                #"{"id":"\#(key)","key":"\#(text)","status":"\#(status)","activations_limit":3,"instances_count":0,"customer_id":"cus_1","product_id":"pdt_1","source":"auto"}"#
            }
        let body = #"{"type":"\#(type)","timestamp":"2026-10-07T15:00:\#(10 + second)Z","data":\#(data),"note":"\#(key)\#(name)"}"#
        return WrittenEvent("msg_\(grant ?? "key")_\(key)_\(kind)_\(second)_\(status)\(name)", type: type, body: body, attemptSeconds: 1_767_225_600 + Int64(second))
    }

    private var carriedJSON: String {
        switch carried {
        case .key(let status): #"{"id":"\#(key)","key":"\#(text)","status":"\#(status)","activations_used":\#(second),"activations_limit":5,"expires_at":null}"#
        case .nothing: "null"
        case .json(let text): text
        }
    }

    static func made(second: Int = 0, status: String = "active") -> DodoKeyEvent { DodoKeyEvent(second: second, grant: nil, status: status) }
}

/// Dodo's own keys: made known by license_key.created, kept in step by entitlement grants (FACTS 5.6, 5.7).
@Suite("Dodo's own keys are kept in step", .timeLimit(.minutes(2))) struct DodoKeyTests {
    /// The life of a key, or two that share a grant now and then, in random words; for the tests of order.
    static func life(of number: Int, _ random: inout SplitMix64) -> [WrittenEvent] {
        (0..<5).map { change in
            var event = DodoKeyEvent(second: Int(random.next() % 3), key: "lic_\(number)", text: "DODO-KEY-\(number)-\(change / 3)", name: "_\(change)")
            event.status = ["Pending", "Delivered", "Failed", "Revoked", "Surprising"][Int(random.next() % 5)]
            event.kind = ["created", "delivered", "failed", "revoked"][Int(random.next() % 4)]
            event.grant = ["entg_\(number)", "entg_\(number)", "entg_shared", nil][Int(random.next() % 4)]
            if event.grant == nil { event.status = ["active", "disabled", "expired"][Int(random.next() % 3)] }
            event.carried = [.key("active"), .key("disabled"), .nothing][Int(random.next() % 3)]
            var written = event.written
            written.attemptSeconds += Int64(random.next() % 2)
            return written
        }
    }

    /// Applies events one by one and says how the keys stand: `id status product limit used`.
    private static func standing(after events: [DodoKeyEvent], in ledger: Ledger) throws -> String {
        try ledger.connection.execute("begin")
        for event in events { try ledger.apply([event.written], isOpen: true) }
        let standing = try ledger.value("""
            select coalesce(string_agg(concat_ws(' ', dodo_key_id, status, coalesce(product_id, '-'), activations_limit, instances_count), ', ' order by dodo_key_id), 'nothing')
              from licensing.dodo_keys
            """)
        try ledger.connection.execute("rollback")
        return standing ?? ""
    }

    /// How the keys stand after the events, in every order of them.
    private static func expect(_ expected: String, after events: [DodoKeyEvent], _ location: SourceLocation = #_sourceLocation) async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            var seen: Set<String> = []
            try forEachPermutation(events) { seen.insert(try standing(after: $0, in: ledger)) }
            #expect(seen == [expected], sourceLocation: location)
        }
    }

    @Test func `from license_key.created and grants, in every order, with what only one of them says`() async throws {
        let made = DodoKeyEvent.made(), granted = DodoKeyEvent(second: 1), delivered = DodoKeyEvent(kind: "delivered", second: 2)
        try await Self.expect("lic_1 active pdt_1 3 0", after: [made])
        try await Self.expect("lic_1 active - 5 1", after: [granted])
        try await Self.expect("lic_1 active pdt_1 5 2", after: [made, granted, delivered, granted])
        // Born together: the grant is preferred, and of two grants' words the one further along.
        try await Self.expect("lic_1 disabled pdt_1 5 0", after: [made, DodoKeyEvent(carried: .key("disabled"))])
    }

    @Test func `a revoked grant disables the key, whether or not it carries it, and a later grant brings it back`() async throws {
        let made = DodoKeyEvent.made(), granted = DodoKeyEvent(second: 1)
        for carried in [DodoKeyEvent.Carried.key("active"), .key("disabled"), .nothing] {
            let revoked = DodoKeyEvent(kind: "revoked", second: 3, status: "Revoked", carried: carried)
            let used = if case .nothing = carried { 1 } else { 3 }
            try await Self.expect("lic_1 disabled pdt_1 5 \(used)", after: [made, granted, revoked, revoked])
            // Issued anew after a hold: by another grant, or by the same.
            for grant in ["entg_1", "entg_2"] {
                try await Self.expect("lic_1 active pdt_1 5 5", after: [made, granted, revoked, DodoKeyEvent(second: 5, grant: grant)])
            }
            // An older grant of the same key says nothing against it.
            try await Self.expect("lic_1 disabled - 5 \(used)", after: [granted, revoked, DodoKeyEvent(second: 0, grant: "entg_2")])
        }
        // The status is what counts, not the type (DESIGN §8).
        try await Self.expect("lic_1 active - 5 1", after: [DodoKeyEvent(kind: "revoked", second: 1)])
    }

    @Test func `a grant's revocation touches its own keys only`() async throws {
        let one = DodoKeyEvent(second: 1), other = DodoKeyEvent(second: 1, grant: "entg_2", key: "lic_2", text: "DODO-KEY-0002")
        try await Self.expect(
            "lic_1 disabled - 5 1, lic_2 active - 5 1", after: [one, other, DodoKeyEvent(kind: "revoked", second: 2, status: "Revoked", carried: .nothing)])
        // A grant that changed its key takes both back.
        let replaced = DodoKeyEvent(second: 2, key: "lic_2", text: "DODO-KEY-0002")
        try await Self.expect("lic_1 active - 5 1, lic_2 active - 5 2", after: [one, replaced])
        try await Self.expect(
            "lic_1 disabled - 5 1, lic_2 disabled - 5 3",
            after: [one, replaced, DodoKeyEvent(kind: "revoked", second: 3, status: "Revoked", key: "lic_2", text: "DODO-KEY-0002")])
    }

    @Test func `what is older than what its source has said is stale, and grants of other things leave nothing`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            let feature = DodoKeyEvent(carried: .nothing, integration: "feature_flag"), files = DodoKeyEvent(status: "Revoked", carried: .nothing, integration: "digital_files")
            #expect(try ledger.apply([feature.written, files.written]) == 0)
            #expect(try ledger.value("select count(*)::text from licensing.dodo_key_facts") == "0")
            #expect(try ledger.value("select string_agg(distinct outcome, ' ') from worker.inbox") == "ignored")
            #expect(try ledger.apply([DodoKeyEvent(second: 5).written]) == 0)
            #expect(try ledger.apply([DodoKeyEvent.made().written, DodoKeyEvent(kind: "revoked", second: 4, status: "Revoked").written]) == 1)
            #expect(try ledger.value("select string_agg(webhook_id, ' ') from worker.inbox where outcome = 'stale'") == "msg_entg_1_lic_1_revoked_4_Revoked")
            let found = try ledger.desk.find(key: "DODO-KEY-0001").dodoKeys
            #expect(found.map { [$0.id, $0.status, $0.productId, $0.lastCharacters] } == [["lic_1", "active", "pdt_1", "001"]])
            #expect(try ledger.desk.find(key: "lic_1").dodoKeys.isEmpty, "an id is no key")
            #expect(try ledger.desk.find("pay_1").dodoKeys.map(\.id) == ["lic_1"])
        }
    }

    @Test func `of two ids that Dodo gave one text, the key is what was told last`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            // Should the id in a grant ever be another than that of license_key.created, the text is still the same.
            for event in [DodoKeyEvent.made(), DodoKeyEvent(second: 1, key: "lic_0"), DodoKeyEvent(kind: "revoked", second: 2, status: "Revoked", carried: .nothing)] {
                try ledger.apply([event.written])
            }
            #expect(try ledger.desk.find(key: "DODO-KEY-0001").dodoKeys.map { [$0.id, $0.status] } == [["lic_0", "disabled"], ["lic_1", "active"]])
        }
    }

    @Test(arguments: [
        (#""DODO-KEY-0001""#, "wrong-type", "data.license_key is"), ("7", "wrong-type", "data.license_key is"), ("[]", "wrong-type", "data.license_key is"),
        ("{}", "missing-field", "data.license_key.id"), (#"{"id":null,"key":"CANARY"}"#, "missing-field", "data.license_key.id"),
        (#"{"id":"","key":"CANARY"}"#, "wrong-type", "data.license_key.id"), (#"{"id":["CANARY"],"key":"k"}"#, "wrong-type", "data.license_key.id"),
        (#"{"id":"lic_1"}"#, "missing-field", "data.license_key.key"), (#"{"id":"lic_1","key":7}"#, "wrong-type", "data.license_key.key"),
        (#"{"id":"lic_1","key":"k","status":{"CANARY":1}}"#, "wrong-type", "data.license_key.status"),
        (#"{"id":"lic_1","key":"k","activations_used":"CANARY"}"#, "wrong-type", "data.license_key.activations_used"),
        (#"{"id":"lic_1","key":"k","activations_limit":1e30}"#, "wrong-type", "data.license_key.activations_limit"),
        (#"{"id":"lic_1","key":"k","expires_at":"CANARY"}"#, "wrong-type", "data.license_key.expires_at"),
        (#"{"id":"lic_1","key":"CANARY\u0000"}"#, "nul-character", "the body"),
    ])
    func `a grant whose key cannot be read is at fault, and the fault quotes nothing`(json: String, reason: String, place: String) {
        // By its integration type or without one: what is in the place of a licence key is looked at.
        for integration in ["license_key", "feature_flag"] {
            let fault = HandlerTests.fault(DodoKeyEvent(carried: .json(json), integration: integration).written)
            #expect(fault?.reason == reason && fault?.detail.hasPrefix(place) == true && fault?.detail.contains("CANARY") == false, "\(fault.map { "\($0)" } ?? "taken")")
        }
    }

    @Test(arguments: [
        (#"{"type":"entitlement_grant.revoked"}"#, "missing-field"), (#"{"type":"entitlement_grant.revoked","data":[]}"#, "missing-field"),
        (#"{"type":"license_key.created","data":{}}"#, "type-mismatch"), (#"{"type":"entitlement_grant.created","data":{}}"#, "type-mismatch"),
        (#"{"type":"entitlement_grant.revoked","timestamp":"now","data":{"integration_type":"license_key","id":"entg_1"}}"#, "no-timestamp"),
        (#"{"type":"entitlement_grant.revoked","timestamp":"2026-10-07T15:00:20Z","data":{"integration_type":"license_key"}}"#, "missing-field"),
        (#"{"type":"entitlement_grant.revoked","timestamp":"2026-10-07T15:00:20Z","data":{"integration_type":"license_key","id":7}}"#, "wrong-type"), ("{", "not-json"),
    ])
    func `a grant that is not one is at fault`(body: String, reason: String) {
        #expect(HandlerTests.fault(WrittenEvent("msg_1", type: "entitlement_grant.revoked", body: body))?.reason == reason)
    }
}
