/// A dispute as FACTS 5.5 describes it; its amount is text.
struct Dispute {
    let id: String
    let handle: Int
    let paymentId: String
    let createdAt: StoryTime
    let amount: Int64
    var status: String
    /// Refunded automatically by Visa's rapid resolution: such a dispute is lost.
    var resolvedByRDR = false

    /// The fuller form, with brand, customer, provider and reason (FACTS 13.2).
    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"Dispute\"")
        out.member("brand_id", Catalogue.businessId)
        out.member("customer", rendered: person.customerJSON)
        out.member("payment_provider", raw: "\"dodo\"")
        out.member("reason", raw: "\"fraudulent\"")
        writeCommon(to: &out)
    }

    func writeNested(to out: inout JSONWriter) {
        out.openObject()
        writeCommon(to: &out)
        out.closeObject()
    }

    private func writeCommon(to out: inout JSONWriter) {
        out.member("amount", String(amount))
        out.member("business_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("currency", raw: "\"USD\"")
        out.member("dispute_id", id)
        out.member("dispute_stage", raw: resolvedByRDR ? "\"pre_dispute\"" : "\"dispute\"")
        out.member("dispute_status", status)
        out.member("payment_id", paymentId)
        out.member("is_resolved_by_rdr", resolvedByRDR)
        out.member("remarks", raw: "null")
    }
}
