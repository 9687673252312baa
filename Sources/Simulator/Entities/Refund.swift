/// A refund as FACTS 5.4 describes it.
struct Refund {
    let id: String
    let handle: Int
    let paymentId: String
    let createdAt: StoryTime
    let amount: Int64
    let isPartial: Bool
    let reason: String?
    var status: String

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"Refund\"")
        out.member("brand_id", Catalogue.businessId)
        out.member("customer", rendered: person.customerJSON)
        out.member("metadata", raw: "{}")
        writeCommon(to: &out)
        out.raw(",\"network_reference\":null,\"network_reference_type\":null,\"network_reference_updated_at\":null")
    }

    /// The shorter form inside a payment: without brand, customer and metadata (FACTS 5.4).
    func writeNested(to out: inout JSONWriter) {
        out.openObject()
        writeCommon(to: &out)
        out.closeObject()
    }

    private func writeCommon(to out: inout JSONWriter) {
        out.member("business_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("is_partial", isPartial)
        out.member("payment_id", paymentId)
        out.member("refund_id", id)
        out.member("status", status)
        out.member("amount", amount)
        out.member("currency", raw: "\"USD\"")
        out.member("reason", reason)
    }
}
