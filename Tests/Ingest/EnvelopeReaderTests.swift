import Events
@testable import Ingest
import Testing

@Suite("the way of a body") struct EnvelopeReaderTests {
    private struct Found: Equatable { var type: EventType?; var reason: String?; var typeName: String?; var time: String?; var key: String? }

    private func route(_ body: String) -> Found { route(Array(body.utf8)) }
    private func route(_ body: [UInt8]) -> Found {
        var found = Found()
        func text(_ bytes: UnsafeRawBufferPointer?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        body.withUnsafeBytes { bytes in
            EnvelopeReader().route(bytes) { route in
                found = Found(type: route.type, reason: route.reason, typeName: text(route.typeName), time: text(route.time), key: text(route.key))
            }
        }
        return found
    }

    @Test(arguments: EventType.allCases) func `follows the type`(type: EventType) {
        let found = route(#"{"type":"\#(type.rawValue)","timestamp":"2026-11-01T10:00:00Z","data":{}}"#)
        #expect(found == Found(type: type, typeName: type.rawValue, time: "2026-11-01T10:00:00Z"))
    }

    @Test(arguments: [
        (#""subscription_id":"sub_1","payment_id":"pay_1","refund_id":"ref_1","id":"x","customer_id":"c""#, "sub_1"),
        (#""subscription_id":null,"payment_id":"pay_1","refund_id":"ref_1""#, "pay_1"), (#""subscription_id":"","refund_id":"ref_1""#, "ref_1"),
        (#""dispute_id":"dp_1","customer":{"customer_id":"c"}"#, "dp_1"), (#""payout_id":"pyt_1""#, "pyt_1"), (#""id":"entg_1","customer_id":"c""#, "entg_1"),
        (#""customer_id":"c1""#, "c1"), (#""customer":{"customer_id":"c2"}"#, "c2"),
    ])
    func `is keyed by the entity that keeps one customer's subscription in one lane`(data: String, key: String) {
        #expect(route(#"{"type":"payment.succeeded","data":{\#(data)}}"#).key == key)
    }

    @Test func `has no key where nothing is named, or where the name is no id`() {
        #expect(route(#"{"type":"payment.succeeded","data":{"payment_id":7}}"#).key == nil)
        #expect(route(#"{"type":"payment.succeeded","data":{"payment_id":"\#(String(repeating: "x", count: 257))"}}"#).key == nil)
    }

    @Test(arguments: [
        ("", "not-json/empty"), ("nonsense", "not-json/notAnObject"), ("[]", "not-json/notAnObject"), (#"{"type":"payment.succeeded""#, "not-json/unterminated"),
        ("{}", "no-type"), (#"{"type":null}"#, "type-is-no-text"), (#"{"type":5,"data":{}}"#, "type-is-no-text"), (#"{"type":"","data":{}}"#, "type-is-no-text"),
        (#"{"type":"order.shipped","data":{}}"#, "unknown-type"), (#"{"type":"payment.succeeded"}"#, "data-is-no-object"),
        (#"{"type":"payment.succeeded","data":[1]}"#, "data-is-no-object"),
    ])
    func `leads to the unrecognised topic for a reason, never nowhere`(body: String, reason: String) {
        let found = route(body)
        #expect(found.type == nil)
        #expect(found.reason == reason)
    }

    @Test func `takes no time that is none, and no type for a header that would break it`() {
        #expect(route(#"{"type":"payment.succeeded","timestamp":"today","data":{}}"#).time == nil)
        #expect(route(#"{"type":"a\nb","data":{}}"#).typeName == nil)
        #expect(route(#"{"type":"\#(String(repeating: "a", count: 201))","data":{}}"#).typeName == nil)
    }
}
