import Events
import Foundation
import LibPQ
@testable import Licensing
import TestKit
import Testing
import Worker

@Suite("licences follow their entitlement", .timeLimit(.minutes(2))) struct HandlerTests {
    private static func told(after events: [EntitlementEvent]) async throws -> (licences: String?, told: String?) {
        let conninfo = try await TestDatabase.fresh()
        return try await onThread {
            let ledger = try Ledger(conninfo)
            for event in events { try ledger.apply(event) }
            return (try ledger.licences(), try ledger.told())
        }
    }

    @Test func `through a whole life, one event a change`() async throws {
        let life = try await Self.told(after: [
            EntitlementEvent(revision: 1), EntitlementEvent(revision: 2, validUntil: nil, name: "changed"), EntitlementEvent(revision: 2, validUntil: nil, name: "changed"),
            EntitlementEvent(revision: 3, state: "suspended", reason: "on-hold", validUntil: nil, name: "suspended"), EntitlementEvent(revision: 1),
            EntitlementEvent(revision: 4, validUntil: nil, name: "changed"), EntitlementEvent(revision: 5, state: "revoked", reason: "refund", validUntil: nil, name: "revoked"),
            EntitlementEvent(revision: 6, state: "revoked", reason: "refund", validUntil: nil, name: "revoked"),
        ])
        #expect(life.licences == "sub_1/pdt_1/1 revoked refund")
        #expect(life.told == ["@1 issued", "@2 issued", "@3 suspended", "@4 reinstated", "@5 revoked"].map { "sub_1/pdt_1/1\($0)" }.joined(separator: ", "))
    }

    @Test func `by quantity: more lines are issued, fewer revoke the highest, and those come back with their keys`() async throws {
        let grown = try await Self.told(after: [EntitlementEvent(quantity: 1), EntitlementEvent(revision: 2, quantity: 3, name: "changed"), EntitlementEvent(revision: 3, quantity: 2, name: "changed"), EntitlementEvent(revision: 4, quantity: 3, name: "changed")])
        #expect(grown.licences == "sub_1/pdt_1/1 active, sub_1/pdt_1/2 active, sub_1/pdt_1/3 active")
        #expect(grown.told == "sub_1/pdt_1/1@1 issued, sub_1/pdt_1/2@1 issued, sub_1/pdt_1/3@1 issued, sub_1/pdt_1/3@2 revoked, sub_1/pdt_1/3@3 reinstated")
    }

    @Test func `by policy: one key with the seats of all, and none without a policy`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            try ledger.apply(EntitlementEvent(quantity: 4, policy: #"{"keys_per":"entitlement","activations":2,"token_days":30,"features":["a","b"],"key_prefix":"TEAM"}"#), EntitlementEvent(product: "free", policy: "null"))
            #expect(try ledger.licences() == "sub_1/pdt_1/1 active")
            #expect(try ledger.value("select concat_ws(' ', seats, activations_allowed, features, key_prefix) from licensing.licences") == #"4 8 ["a","b"] TEAM"#)
            try ledger.apply(EntitlementEvent(revision: 2, quantity: 4, policy: "null", name: "changed"))
            #expect(try ledger.licences() == "sub_1/pdt_1/1 revoked no-licence-policy")
        }
    }

    @Test func `by plan: the old product's licence is revoked and the new one's issued, under another key`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            try ledger.apply(EntitlementEvent(product: "basic"))
            try ledger.apply(EntitlementEvent(product: "basic", revision: 2, state: "revoked", reason: "plan-changed", name: "revoked"), EntitlementEvent(product: "pro"))
            #expect(try ledger.licences() == "sub_1/basic/1 revoked plan-changed, sub_1/pro/1 active")
            #expect(try ledger.value("select count(distinct lookup_hash)::text from licensing.licences") == "2")
        }
    }

    @Test func `and events that tell nothing newer are noted as stale, and only those`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            #expect(try ledger.apply([EntitlementEvent(revision: 3).written]) == 0)
            #expect(try ledger.apply([EntitlementEvent(revision: 2).written, EntitlementEvent(revision: 4).written, EntitlementEvent(source: "sub_2").written]) == 1)
            #expect(try ledger.value("select string_agg(webhook_id || ' ' || outcome, ', ' order by webhook_id) from worker.inbox")
                == "sub_1/pdt_1@2 stale, sub_1/pdt_1@3 applied, sub_1/pdt_1@4 applied, sub_2/pdt_1@1 applied")
        }
    }

    @Test(arguments: [
        ("nicobar.entitlement.granted", "{", "not-json"), ("nicobar.entitlement.granted", "{}", "missing-field"), ("nicobar.order.fulfilled", "{}", "unrecognised-event"),
        ("license_key.created", "{}", "type-mismatch"), ("license_key.created", #"{"type":"license_key.created","timestamp":"2026-10-07T15:00:20Z","data":{"id":"lic_1"}}"#, "missing-field"),
        ("license_key.created", #"{"type":"license_key.created","timestamp":"2026-10-07T15:00:20Z","data":{"id":"lic_1","key":"  "}}"#, "wrong-type"),
        ("license_key.created", #"{"type":"license_key.created","timestamp":"then","data":{"id":"lic_1","key":"k"}}"#, "no-timestamp"),
    ])
    func `but not one that cannot be read`(type: String, body: String, reason: String) {
        #expect(Self.fault(WrittenEvent("msg_1", type: type, body: body))?.reason == reason)
    }

    @Test func `nor one with a field of another form, which the fault names and does not quote`() {
        let good = EntitlementEvent().body
        #expect(Self.fault(EntitlementEvent().written) == nil)
        for (part, other, field) in [
            (#""revision":1"#, #""revision":0"#, "revision"), (#""revision":1"#, #""revision":1.5"#, "revision"), (#""state":"active""#, #""state":"CANARY""#, "state"),
            (#""quantity":1"#, #""quantity":10001"#, "quantity"), (#""quantity":1"#, #""quantity":1000000001"#, "quantity"), (#""quantity":1"#, #""quantity":-1"#, "quantity"), (#""source_id":"sub_1""#, #""source_id":"""#, "source_id"),
            (#""keys_per":"unit""#, #""keys_per":"CANARY""#, "licence_policy.keys_per"), (#""key_prefix":"ACME""#, #""key_prefix":"CANARY canary""#, "licence_policy.key_prefix"),
            (#""features":["pro"],"key"#, #""features":["CANARY",1],"key"#, "licence_policy.features"), (#""features":["pro"],"key"#, #""features":[["CANARY"]],"key"#, "licence_policy.features"),
            (#""token_days":30"#, #""token_days":0"#, "licence_policy.token_days"), (#""valid_until":"2027-01-01T00:00:00Z""#, #""valid_until":"CANARY""#, "valid_until"),
            (#""customer_id":"cus_1""#, #""customer_id":{"email":"CANARY@example.com"}"#, "customer_id"), (#""customer_id":"cus_1""#, #""customer_id":"CANARY\u0000""#, "customer_id"),
        ] {
            let wrong = good.replacing(part, with: other)
            #expect(wrong != good)
            let fault = Self.fault(WrittenEvent("msg_1", type: "nicobar.entitlement.granted", body: wrong))
            #expect(fault?.detail.hasPrefix(field) == true, "\(other): \(fault?.detail ?? "taken")")
            #expect(fault?.detail.contains("CANARY") != true)
        }
    }

    static func fault(_ event: WrittenEvent) -> RecordFault? {
        let batch = LicensingHandler(master, mode: .live).makeBatch()
        do throws(RecordFault) {
            try event.lend { (lent) throws(RecordFault) in try batch.add(lent) }
            return nil
        } catch {
            #expect(batch.steps().isEmpty, "a fault leaves nothing behind")
            return error
        }
    }

    @Test func `and what is told has the form that schemas promises, on the topic of its mode`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo, mode: .test)
            try ledger.apply(EntitlementEvent())
            try ledger.apply(EntitlementEvent(revision: 2, state: "suspended", reason: "on-hold"))
            try ledger.apply(EntitlementEvent(revision: 3, validUntil: nil))
            try ledger.apply(EntitlementEvent(revision: 4, state: "revoked", reason: "refund", policy: "null"))
            let rows = try ledger.connection.query("select type, topic, key, convert_from(body, 'UTF8') from worker.outbox order by position")
            var kinds: [String] = []
            for row in 0..<rows.rowCount {
                let type = try #require(rows.text(row, 0)), body = Data(try #require(rows.text(row, 3)).utf8)
                kinds.append(type)
                #expect(rows.text(row, 1) == Mode.test.topicName(type) && rows.text(row, 2) == "sub_1")
                #expect(try TopicContract(mode: .test).topics.contains { $0.name == rows.text(row, 1) && $0.schema == "events/\(type).json" })
                let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: Place.root.appendingPathComponent("schemas/events/\(type).json"))) as? [String: Any])
                let properties = try #require(schema["properties"] as? [String: [String: Any]])
                let object = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
                let required = try #require(schema["required"] as? [String])
                #expect(Set(object.keys) == Set(properties.keys) && Set(object.keys) == Set(required))
                for (name, value) in object { #expect(Self.fits(value, properties[name] ?? [:]), "\(type) \(name)") }
            }
            #expect(kinds == ["issued", "suspended", "reinstated", "revoked"].map { "nicobar.license.\($0)" })
        }
    }

    /// As much of JSON Schema as these files use.
    private static func fits(_ value: Any, _ schema: [String: Any]) -> Bool {
        if let constant = schema["const"] as? String { return value as? String == constant }
        if let choices = schema["enum"] as? [Any] { return choices.contains { "\($0)" == "\(value)" } }
        let types = schema["type"] as? [String] ?? [schema["type"] as? String ?? ""]
        return types.contains { type in
            switch type {
            case "null": value is NSNull
            case "string": (value as? String).map { schema["format"] == nil || Timestamp(rfc3339: $0) != nil } ?? false
            case "integer": (value as? Int).map { $0 >= schema["minimum"] as? Int ?? .min } ?? false
            case "array": value is [String]
            default: false
            }
        }
    }

    @Test func `and the tables hold what must hold, whoever writes`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            try ledger.apply(EntitlementEvent())
            let id = "sub_1/pdt_1/1"
            func constraint(_ sql: String) -> String? {
                do throws(PostgresError) { try ledger.connection.execute(sql); return nil } catch { return error.constraint }
            }
            func activate(_ activation: String, _ slot: Int) -> String? {
                constraint("insert into licensing.activations (activation_id, licence_id, slot) values ('\(activation)', '\(id)', \(slot))")
            }
            #expect(activate("a", 1) == nil && activate("b", 2) == nil && activate("c", 3) == nil)
            #expect(activate("d", 4) == "activations_within_limit" && activate("d", 3) == "activations_slot_once" && activate("d", 0) == "activations_slot_positive")
            #expect(constraint("update licensing.activations set deactivated_at = now() where activation_id = 'b'") == nil && activate("d", 2) == nil)
            #expect(constraint("update licensing.licences set operator_revoked_at = now()") == "licences_operator_revokes")
            #expect(constraint("update licensing.licences set state = 'lost'") == "licences_state_known")
            try ledger.apply(EntitlementEvent(revision: 2, state: "revoked", reason: "refund"))
            #expect(constraint("update licensing.activations set deactivated_at = now()") == nil, "what is in use may always end")
            #expect(activate("e", 1) == "activations_of_active_licence")
        }
    }
}
