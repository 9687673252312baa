import JSONReader
import Testing

/// Events as Dodo sends them, read as the ingest and the workers do.
struct PayloadTests {
    private static let paths = [
        "type", "timestamp", "business_id", "data.payload_type", "data.payment_id", "data.subscription_id", "data.customer.customer_id", "data.customer", "data.currency", "data.total_amount",
        "data.status", "data.tax", "data.digital_products_delivered", "data.refunds", "data.metadata", "data.cancel_at_next_billing_date", "data.amount", "data",
    ]
    private let reader = JSONReader(FieldPlan(paths))

    static let payment = #"""
        {"business_id":"bus_nicobar0000001","type":"payment.succeeded","timestamp":"2026-11-02T08:30:00.125Z","data":{"payload_type":"Payment","billing":{"country":"IN","city":"Port Blair",
        "state":null,"street":"1 Pigeon Lane, \"Upper\" Floor","zipcode":"744101"},"brand_id":"bus_nicobar0000001","business_id":"bus_nicobar0000001","created_at":"2026-11-02T08:29:41.302118Z",
        "currency":"INR","customer":{"customer_id":"cus_0001","email":"mira@example.com","name":"Mira \u0906\u0928\u0902\u0926 ☕","metadata":{},"phone_number":null},"digital_products_delivered":false,
        "disputes":[],"metadata":{"seats":3,"note":"tab\there","customer":{"customer_id":"cus_decoy"}},"payment_id":"pay_0001","refunds":[{"refund_id":"ref_1","payment_id":"pay_decoy","amount":100}],
        "retry_attempt":0,"service_periods":[{"subscription_id":"sub_decoy"}],"settlement_amount":99900,"settlement_currency":"INR","subscription_ids":["sub_decoy"],"total_amount":99900,
        "card_last_four":"4242","product_cart":[{"product_id":"pdt_1","quantity":1}],"status":"succeeded","subscription_id":null,"tax":15239,"updated_at":null}}
        """#

    @Test func `a payment`() throws {
        let fields = try reader.fields(Self.payment)
        #expect(fields.prefix(5).map(\.string) == ["payment.succeeded", "2026-11-02T08:30:00.125Z", "bus_nicobar0000001", "Payment", "pay_0001"])
        #expect(fields[5].kind == .null)
        #expect(fields[6].string == "cus_0001")
        #expect(fields[7].raw?.hasPrefix(#"{"customer_id":"cus_0001""#) == true && fields[7].raw?.hasSuffix(#""phone_number":null}"#) == true)
        #expect([fields[9].int64, fields[11].int64] == [99900, 15239])
        #expect(fields[12].bool == false)
        #expect(fields[13].raw == #"[{"refund_id":"ref_1","payment_id":"pay_decoy","amount":100}]"#)
        #expect(fields[14].raw == #"{"seats":3,"note":"tab\there","customer":{"customer_id":"cus_decoy"}}"#)
        #expect(fields[15].kind == .missing)
        // All that is stored beside the columns is the object as it was written.
        let data = try #require(fields[17].raw)
        #expect(Self.payment.contains(data) && data.hasPrefix(#"{"payload_type""#) && data.hasSuffix(#""updated_at":null}"#))
        #expect(try read(data, "customer.name", "billing.street").map(\.string) == ["Mira आनंद ☕", #"1 Pigeon Lane, "Upper" Floor"#])
    }

    /// What is not listed must be missing.
    @Test(arguments: [
        (
            #"{"type":"subscription.on_hold","data":{"cancel_at_next_billing_date":true,"addons":[{"status":"x"}],"metadata":{},"status":"on_hold","subscription_id":"sub_2","tax_inclusive":false}}"#,
            ["type": #""subscription.on_hold""#, "data.subscription_id": #""sub_2""#, "data.status": #""on_hold""#, "data.cancel_at_next_billing_date": "true", "data.metadata": "{}"]
        ),
        (
            #"{"type":"dispute.opened","data":{"amount":"4900","payment_id":"pay_3","dispute":{"currency":"USD"}},"timestamp":"2026-10-21T16:02:11.417920Z"}"#,
            ["type": #""dispute.opened""#, "data.amount": #""4900""#, "data.payment_id": #""pay_3""#, "timestamp": #""2026-10-21T16:02:11.417920Z""#]
        ),
        ("{\n  \"type\" : \"license_key.created\",\n  \"data\" : {\n    \"status\" : \"active\"\n  }\n}\n", ["type": #""license_key.created""#, "data.status": #""active""#]),
        (#"{"type":"future.event","data":[{"payment_id":"pay_4"}]}"#, ["type": #""future.event""#]),
        (#"{"type":"future.event","data":null,"version":2}"#, ["type": #""future.event""#]),
        (#"{"event":"no event of Dodo's"}"#, [:]),
    ] as [(String, [String: String])]) func `other events`(text: String, expected: [String: String]) throws {
        for (path, field) in zip(Self.paths, try reader.fields(text)) where path != "data" { #expect(field.raw == expected[path], "\(path)") }
    }

    @Test func `an event that is cut short anywhere is a fault`() {
        let text = Array(Self.payment.utf8)
        #expect(reader.fault(text) == nil)
        for length in 0..<text.count where reader.fault(Array(text[..<length])) == nil { Issue.record("the first \(length) bytes were read") }
    }
}
