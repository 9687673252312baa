/// A payout to the merchant, as FACTS 5.8 describes it.
struct Payout {
    let id: String
    let handle: Int
    let amount: Int64
    let createdAt: StoryTime
    var status: String
    var updatedAt: StoryTime
    var remarks: String?

    func write(to out: inout JSONWriter) {
        out.member("payload_type", raw: "\"Payout\"")
        out.member("amount", amount)
        out.member("business_id", Catalogue.businessId)
        out.member("chargebacks", 0)
        out.member("created_at", createdAt)
        out.member("currency", raw: "\"USD\"")
        out.member("fee", amount / 80)
        out.raw(",\"payment_method\":\"bank_transfer\"")
        out.member("payout_id", id)
        out.member("refunds", 0)
        out.member("status", status)
        out.member("tax", 0)
        out.member("updated_at", updatedAt)
        out.raw(",\"name\":null,\"payout_document_url\":null")
        out.member("remarks", remarks)
    }
}
