@testable import Billing
import Events
import LibPQ
import Simulator
import TestKit
import Testing
import Worker

/// What an event must have, what it may lack, and what becomes of its values.
@Suite("reading an event into billing") struct ReadingTests {
    private static let envelope = #""business_id":"bus_1","timestamp":"2026-11-01T10:00:00.123456Z""#

    private static func event(_ type: String, _ data: String, id: String = "msg_1", attempt: Int64 = 1_767_225_600) -> WrittenEvent {
        WrittenEvent(id, type: type, body: Array("{\(envelope),\"type\":\"\(type)\",\"data\":\(data)}".utf8), attemptSeconds: attempt)
    }

    private static func fault(_ event: WrittenEvent) -> RecordFault? {
        let batch = BillingHandler().makeBatch()
        do throws(RecordFault) {
            try event.lend { (lent) throws(RecordFault) in try batch.add(lent) }
            return nil
        } catch {
            #expect(batch.steps().isEmpty, "a fault leaves nothing behind")
            return error
        }
    }

    @Test func `a key that no index takes is found while reading and does not take its batch apart`() {
        let limit = String(repeating: "k", count: 1024)
        #expect(Self.fault(Self.event("payment.succeeded", #"{"payment_id":"\#(limit)"}"#))?.reason != "key-too-long")
        #expect(Self.fault(Self.event("payment.succeeded", #"{"payment_id":"\#(limit)k"}"#))?.reason == "key-too-long")
    }

    @Test func `an id that an index has in it is found while reading, and an address that long is left out`() async throws {
        let limit = String(repeating: "i", count: 1024)
        let payment: @Sendable (String) -> WrittenEvent = { Self.event("payment.succeeded", #"{"payment_id":"pay_1",\#($0)}"#) }
        #expect(Self.fault(payment(#""subscription_id":"\#(limit)""#)) == nil)
        #expect(Self.fault(payment(#""subscription_id":"\#(limit)i""#))?.reason == "key-too-long")
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            #expect(try ledger.apply([payment(#""customer":{"customer_id":"cus_1","email":"\#(limit)@example.com","name":"\#(limit)\#(limit)\#(limit)"}"#)]) == 0)
            #expect(try ledger.value("select concat_ws(' ', email is null, length(name)) from billing.customers") == "t 3072")
        }
    }

    @Test func `every text that an index of billing has in it is known to be in one`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            let found = try ledger.value("""
                select string_agg(distinct t.relname || '.' || a.attname, ' ')
                  from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
                  join pg_attribute a on a.attrelid = t.oid and (a.attnum = any (i.indkey::int2[]) or pg_get_expr(i.indexprs, t.oid) ~ ('\\m' || a.attname || '\\M'))
                 where n.nspname = 'billing' and a.atttypid = 'text'::regtype
                """)
            let indexed = try #require(found).split(separator: " ").map { $0.split(separator: ".") }
            #expect(indexed.count > 15)
            for pair in indexed {
                let table = String(pair[0]), name = String(pair[1])
                // What is no field of the event is made by us or checked with its header.
                guard name != "webhook_id" else { continue }
                let column = try #require(StateTable.all.first { $0.name == table }?.columns.first { $0.name == name }, "\(table).\(name)")
                #expect(column.isIndexed, "\(table).\(name)")
            }
        }
    }

    @Test func `every event of every type that the simulator sends is taken`() {
        var types: Set<EventType> = []
        for semantics in BodySemantics.allCases {
            for story in Story.customers(34, seed: 7) {
                for event in story.events {
                    types.insert(event.type)
                    #expect(Self.fault(WrittenEvent(Delivery(first: event, of: story, semantics))) == nil, "\(event.type)")
                }
            }
        }
        #expect(types.count == 48)
    }

    @Test(arguments: [
        ("payment.succeeded", #"{"payment_id":"pay_1"}"#), ("refund.failed", #"{"refund_id":"ref_1"}"#), ("dispute.won", #"{"dispute_id":"dp_1"}"#),
        ("subscription.active", #"{"subscription_id":"sub_1"}"#), ("license_key.created", #"{"id":"lic_1"}"#), ("entitlement_grant.created", #"{"id":"entg_1"}"#),
        ("credit.added", #"{"id":"cle_1"}"#), ("credit.balance_low", #"{"subscription_id":"sub_1","credit_entitlement_id":"cent_1"}"#),
        ("abandoned_checkout.detected", #"{"payment_id":"pay_1"}"#), ("dunning.started", #"{"subscription_id":"sub_1","created_at":"2026-11-01T10:00:00Z"}"#),
        ("payout.created", #"{"payout_id":"pyt_1"}"#),
    ])
    func `nothing but the identity must be there, and unknown fields, words and nulls are no fault`(type: String, data: String) async throws {
        let conninfo = try await TestDatabase.fresh()
        let odd = data.dropLast() + #","status":"never_seen","dispute_status":"odd","transaction_type":"odd","customer":null,"currency":null,"surprise":{"a":[1,{}]}}"#
        try await onThread {
            let ledger = try Ledger(conninfo)
            #expect(try ledger.apply([Self.event(type, data)]) == 0)
            #expect(try ledger.apply([Self.event(type, String(odd), id: "msg_2", attempt: 1_767_225_601)]) == 0)
        }
    }

    @Test(arguments: [
        ("payment.succeeded", "{}", "missing-field", "data.payment_id"), ("payment.succeeded", #"{"payment_id":null}"#, "missing-field", "data.payment_id"),
        ("payment.succeeded", #"{"payment_id":7}"#, "wrong-type", "data.payment_id"), ("payment.succeeded", #"{"payment_id":""}"#, "wrong-type", "data.payment_id"),
        ("payment.succeeded", "[]", "missing-field", "data"), ("payment.succeeded", "null", "missing-field", "data"),
        ("payment.succeeded", #"{"payment_id":"p","total_amount":"12"}"#, "wrong-type", "data.total_amount"),
        ("payment.succeeded", #"{"payment_id":"p","total_amount":1.5}"#, "wrong-type", "data.total_amount"),
        ("payment.succeeded", #"{"payment_id":"p","total_amount":9223372036854775808}"#, "wrong-type", "data.total_amount"),
        ("payment.succeeded", #"{"payment_id":"p","status":1}"#, "wrong-type", "data.status"),
        ("payment.succeeded", #"{"payment_id":"p","created_at":"yesterday"}"#, "wrong-type", "data.created_at"),
        ("payment.succeeded", #"{"payment_id":"p","error_message":"a\u0000b"}"#, "nul-character", "U+0000"),
        ("payment.succeeded", #"{"payment_id":"p"#, "not-json", "JSON"),
        ("credit.added", #"{"id":"c","amount":"1e5"}"#, "wrong-type", "data.amount"), ("credit.added", #"{"id":"c","amount":"NaN"}"#, "wrong-type", "data.amount"),
        ("credit.added", #"{"id":"c","amount":12}"#, "wrong-type", "data.amount"),
        ("dunning.started", #"{"subscription_id":"s"}"#, "missing-field", "data.created_at"),
        ("credit.balance_low", #"{"subscription_id":"s"}"#, "missing-field", "data.credit_entitlement_id"),
        ("subscription.active", #"{"subscription_id":"s","customer":{"customer_id":5}}"#, "wrong-type", "data.customer.customer_id"),
    ])
    func `what has no place, or money and dates that cannot be trusted, is a fault that names the field and not its value`(
        type: String, data: String, reason: String, named: String
    ) {
        let fault = Self.fault(Self.event(type, data))
        #expect(fault?.reason == reason)
        #expect(fault?.detail.contains(named) == true, "\(fault?.detail ?? "")")
        for value in ["yesterday", "1e5", "NaN", "9223372036854775808"] { #expect(fault?.detail.contains(value) == false) }
    }

    @Test func `an event that nobody knows, whose type is missing, or that contradicts its header is a fault`() {
        #expect(Self.fault(Self.event("order.shipped", "{}"))?.reason == "unrecognised-event")
        #expect(Self.fault(WrittenEvent("m", type: nil, body: Array("{}".utf8)))?.reason == "missing-header")
        #expect(Self.fault(WrittenEvent("m", type: "order.shipped", body: [], unrecognisedReason: "not-json"))?.detail.contains("not-json") == true)
        var swapped = Self.event("payment.succeeded", #"{"payment_id":"p"}"#)
        swapped.type = "payment.failed"
        #expect(Self.fault(swapped)?.reason == "type-mismatch")
        #expect(Self.fault(WrittenEvent("m", type: "payment.failed", body: Array(#"{"type":"payment.failed","data":{"payment_id":"p"}}"#.utf8)))?.reason == "no-timestamp")
    }

    @Test func `amounts arrive exactly as they were written`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            try ledger.apply([
                Self.event("payment.succeeded", #"{"payment_id":"pay_1","total_amount":9223372036854775807,"tax":-3,"currency":"JPY"}"#, id: "a"),
                Self.event("dispute.opened", #"{"dispute_id":"dp_1","amount":"2819"}"#, id: "b"), Self.event("dispute.opened", #"{"dispute_id":"dp_2","amount":2819}"#, id: "c"),
                Self.event("dispute.opened", #"{"dispute_id":"dp_3","amount":"28.19"}"#, id: "d"),
                Self.event("credit.added", #"{"id":"cle_1","amount":"-0.123456789012345678901234567890","balance_after":"1000000000000000000000000"}"#, id: "e"),
            ])
            #expect(try ledger.value("select total_amount || ' ' || tax from billing.payments") == "9223372036854775807 -3")
            #expect(try ledger.value("select string_agg(amount_text || '=' || coalesce(amount::text, 'null'), ' ' order by dispute_id) from billing.disputes") == "2819=2819 2819=2819 28.19=null")
            #expect(try ledger.value("select amount || ' ' || balance_after from billing.credit_ledger_entries") == "-0.123456789012345678901234567890 1000000000000000000000000")
        }
    }

    @Test func `a licence key is found by its hash and told by its last characters, and stands nowhere`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            try ledger.apply([
                Self.event("license_key.created", #"{"id":"lic_1","key":"SECRET-KEY-1234","status":"active"}"#, id: "a"),
                Self.event("entitlement_grant.created", #"{"id":"entg_1","status":"Delivered","license_key":{"id":"lic_1","key":"SECRET-KEY-1234","activations_used":2},"oauth_url":"https://x/SECRET-KEY-1234"}"#, id: "b"),
            ])
            #expect(try ledger.value("select key_last_characters from billing.dodo_license_keys where key_hash = sha256('SECRET-KEY-1234')") == "1234")
            #expect(try ledger.value("select license_key_activations_used::text from billing.entitlement_grants") == "2")
            #expect(try !ledger.state().contains("SECRET-KEY"))
        }
    }

    @Test func `customers are known from whatever names them, and the newest description wins`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            func refund(_ email: String, _ id: String, attempt: Int64) -> WrittenEvent {
                Self.event("refund.succeeded", #"{"refund_id":"ref_\#(id)","customer":{"customer_id":"cus_1","email":"\#(email)","name":"Ada","metadata":{"tier":1}}}"#, id: id, attempt: attempt)
            }
            try ledger.apply([refund("new@example.com", "b", attempt: 1_767_225_700)])
            try ledger.apply([refund("old@example.com", "a", attempt: 1_767_225_600), Self.event("dispute.won", #"{"dispute_id":"dp_1"}"#, id: "c")])
            #expect(try ledger.value("select count(*) || ' ' || min(email) || ' ' || min(metadata->>'tier') from billing.customers") == "1 new@example.com 1")
        }
    }

    @Test func `an event that comes after newer state is noted as stale, and only that one`() async throws {
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            let ledger = try Ledger(conninfo)
            func payout(_ id: String, _ status: String, _ second: Int) -> WrittenEvent {
                let body = #"{"type":"payout.success","timestamp":"2026-11-01T10:00:0\#(second)Z","data":{"payout_id":"pyt_1","status":"\#(status)"}}"#
                return WrittenEvent(id, type: "payout.success", body: Array(body.utf8))
            }
            #expect(try ledger.apply([payout("a", "success", 5)]) == 0)
            #expect(try ledger.apply([payout("b", "in_progress", 3), payout("c", "failed", 9)]) == 0)
            #expect(try ledger.apply([payout("d", "on_hold", 4), payout("a", "success", 5)]) == 1)
            #expect(try ledger.value("select status from billing.payouts") == "failed")
            #expect(try ledger.value("select string_agg(webhook_id || ' ' || outcome, ', ' order by webhook_id) from worker.inbox") == "a applied, b applied, c applied, d stale")
        }
    }
}
