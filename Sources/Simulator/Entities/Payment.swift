/// A payment as FACTS 5.2 describes it.
struct Payment {
    enum Charge: String { case new, renewal, planChange = "plan_change" }

    let id: String
    let handle: Int
    let createdAt: StoryTime
    var status: String
    var total: Int64
    var charge: Charge?
    var subscriptionId: String?
    var checkoutSessionId: String?
    /// What was bought at once; empty on a subscription's payment.
    var cart: [(product: Catalogue.Product, quantity: Int64)] = []
    var servicePeriod: (from: StoryTime, to: StoryTime)?
    var retryAttempt: Int64 = 0
    var error: (code: String, message: String)?
    var method: String? = "card"
    var updatesMethod = false
    var delivered = false
    var updatedAt: StoryTime?
    var refunds: [Refund] = []
    var disputes: [Dispute] = []

    /// Tax is contained in the total; it is unknown (null) on a payment that did not go through (FACTS 5.2, observed).
    var tax: Int64? { status == "succeeded" ? total / 12 : nil }

    private var refundStatus: StaticString {
        let refunded = refunds.reduce(0) { $0 + ($1.status == "succeeded" ? $1.amount : 0) }
        return refunded == 0 ? "null" : (refunded < total ? "\"partial\"" : "\"full\"")
    }

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"Payment\"")
        out.member("billing", rendered: person.billingJSON)
        out.member("brand_id", Catalogue.businessId)
        out.member("business_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("currency", raw: "\"USD\"")
        out.member("customer", rendered: person.customerJSON)
        out.member("digital_products_delivered", delivered)
        out.key("disputes")
        out.openArray()
        for dispute in disputes {
            out.separate()
            dispute.writeNested(to: &out)
        }
        out.closeArray()
        out.raw(",\"includes_usage\":false,\"is_multi_subscription\":false")
        out.member("is_update_payment_method", updatesMethod)
        out.member("metadata", raw: "{}")
        out.member("payment_id", id)
        out.member("payment_provider", raw: "\"dodo\"")
        out.key("refunds")
        out.openArray()
        for refund in refunds {
            out.separate()
            refund.writeNested(to: &out)
        }
        out.closeArray()
        out.member("retry_attempt", retryAttempt)
        out.key("service_periods")
        out.openArray()
        if let servicePeriod, let subscriptionId {
            out.openObject()
            out.member("ends_at", servicePeriod.to)
            out.member("proration_factor", raw: "\"1\"")
            out.member("starts_at", servicePeriod.from)
            out.member("subscription_id", subscriptionId)
            out.closeObject()
        }
        out.closeArray()
        out.member("settlement_amount", total)
        out.member("settlement_currency", raw: "\"USD\"")
        out.key("subscription_ids")
        out.openArray()
        if let subscriptionId { out.string(subscriptionId) }
        out.closeArray()
        out.member("total_amount", total)
        writeOptional(to: &out, of: person)
    }

    private func writeOptional(to out: inout JSONWriter, of person: Person) {
        if method == "card" {
            out.raw(",\"card_exp_month\":\"06\",\"card_exp_year\":\"2032\"")
            out.member("card_holder_name", person.cardHolder)
            out.member("card_issuing_country", person.country)
            out.member("card_last_four", person.lastFour)
            out.raw(",\"card_network\":\"visa\",\"card_type\":\"credit\"")
        } else {
            out.raw(",\"card_exp_month\":null,\"card_exp_year\":null,\"card_holder_name\":null,\"card_issuing_country\":null")
            out.raw(",\"card_last_four\":null,\"card_network\":null,\"card_type\":null")
        }
        out.member("charge_type", charge?.rawValue)
        out.member("checkout_session_id", checkoutSessionId)
        out.raw(",\"custom_field_responses\":null,\"discount_id\":null,\"discounts\":null")
        out.member("error_code", error?.code)
        out.member("error_message", error?.message)
        out.raw(",\"invoice_id\":null,\"invoice_url\":null,\"payment_link\":null")
        out.member("payment_method", method)
        out.raw(",\"payment_method_id\":null")
        out.member("payment_method_type", method == "card" ? "credit" : method)
        writeCart(to: &out)
        out.member("refund_status", raw: refundStatus)
        out.member("settlement_tax", tax)
        out.member("status", status)
        out.member("subscription_id", subscriptionId)
        out.member("tax", tax)
        out.raw(",\"three_ds_flow\":null,\"three_ds_status\":null,\"three_ds_version\":null")
        out.member("updated_at", updatedAt)
    }

    private func writeCart(to out: inout JSONWriter) {
        guard !cart.isEmpty else { return out.raw(",\"product_cart\":null") }
        out.key("product_cart")
        out.openArray()
        for line in cart {
            out.separate()
            out.openObject()
            out.member("product_id", line.product.id)
            out.member("quantity", line.quantity)
            out.closeObject()
        }
        out.closeArray()
    }
}
