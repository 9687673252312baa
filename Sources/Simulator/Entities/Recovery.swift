/// A checkout that was left unpaid, as FACTS 5.8 describes it.
struct AbandonedCheckout {
    let paymentId: String
    let handle: Int
    let abandonedAt: StoryTime
    let reason: String
    var status: String
    var recoveredPaymentId: String?

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"AbandonedCheckout\"")
        out.member("abandoned_at", abandonedAt)
        out.member("abandonment_reason", reason)
        out.member("brand_id", Catalogue.businessId)
        out.member("customer_id", person.id)
        out.member("payment_id", paymentId)
        out.member("status", status)
        out.member("recovered_payment_id", recoveredPaymentId)
    }
}

/// An attempt to win back a subscription, known by its subscription and `created_at` (FACTS 4).
struct DunningAttempt {
    let handle: Int
    let subscriptionId: String
    let createdAt: StoryTime
    let trigger: String
    var status: String
    var paymentId: String?

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"DunningAttempt\"")
        out.member("brand_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("customer_id", person.id)
        out.member("status", status)
        out.member("subscription_id", subscriptionId)
        out.member("trigger_state", trigger)
        out.member("payment_id", paymentId)
    }
}
