/// A subscription as FACTS 5.3 describes it, billed monthly.
struct Subscription {
    let id: String
    let handle: Int
    let createdAt: StoryTime
    var status: String
    var plan: Catalogue.Product
    var previousBilling: StoryTime
    var nextBilling: StoryTime
    var expiresAt: StoryTime
    var quantity: Int64 = 1
    /// Days at the start for which nothing is charged.
    var trialDays: Int64 = 0
    var hasPaymentMethod = true
    var paymentMethodId: String?
    var cancelAtNextBilling = false
    var cancelledAt: StoryTime?
    /// Who ended it: `customer`, `merchant_user`, or nil when the system did.
    var cancelledBy: String?
    var cancellationFeedback: String?
    var pausedAt: StoryTime?
    var pastDueEndsAt: StoryTime?
    /// Credits left of the plan's 1,000, when the plan has any.
    var credits: Int64?
    var scheduledPlan: (change: String, plan: Catalogue.Product, made: StoryTime)?

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"Subscription\"")
        out.member("addons", raw: "[]")
        out.member("billing", rendered: person.billingJSON)
        out.member("brand_id", Catalogue.businessId)
        out.member("cancel_at_next_billing_date", cancelAtNextBilling)
        out.member("created_at", createdAt)
        writeCredits(to: &out)
        out.member("currency", raw: "\"USD\"")
        out.member("customer", rendered: person.customerJSON)
        out.member("has_payment_method", hasPaymentMethod)
        out.raw(",\"metadata\":{},\"meter_credit_entitlement_cart\":[],\"meters\":[]")
        out.member("next_billing_date", nextBilling)
        out.raw(",\"on_demand\":false,\"payment_frequency_count\":1,\"payment_frequency_interval\":\"Month\"")
        out.member("previous_billing_date", previousBilling)
        out.member("product_id", plan.id)
        out.member("quantity", quantity)
        out.member("recurring_pre_tax_amount", plan.price * quantity)
        out.member("status", status)
        out.member("subscription_id", id)
        out.raw(",\"subscription_period_count\":1,\"subscription_period_interval\":\"Year\",\"tax_inclusive\":false")
        out.member("trial_period_days", trialDays)
        writeOptional(to: &out)
    }

    private func writeOptional(to out: inout JSONWriter) {
        out.raw(",\"cancellation_comment\":null")
        out.member("cancellation_feedback", cancellationFeedback)
        out.member("cancelled_at", cancelledAt)
        if let cancelledBy {
            out.raw(",\"cancelled_by\":{\"actor_type\":")
            out.string(cancelledBy)
            out.raw(",\"email\":null,\"name\":null}")
        } else {
            out.raw(",\"cancelled_by\":null")
        }
        out.raw(",\"custom_field_responses\":null,\"customer_business_name\":null,\"discount_cycles_remaining\":null,\"discount_id\":null,\"discounts\":null")
        out.member("expires_at", expiresAt)
        out.member("paused_at", pausedAt)
        out.member("payment_method_id", paymentMethodId)
        if let scheduledPlan {
            out.key("scheduled_change")
            out.openObject()
            out.member("id", scheduledPlan.change)
            out.member("addons", raw: "[]")
            out.member("created_at", scheduledPlan.made)
            out.member("effective_at", nextBilling)
            out.member("product_id", scheduledPlan.plan.id)
            out.member("quantity", quantity)
            out.member("product_name", scheduledPlan.plan.name)
            out.member("product_description", raw: "null")
            out.closeObject()
        } else {
            out.raw(",\"scheduled_change\":null")
        }
        out.raw(",\"tax_id\":null,\"trial_amount\":null")
        out.member("past_due_ends_at", pastDueEndsAt)
    }

    private func writeCredits(to out: inout JSONWriter) {
        guard let credits else { return out.raw(",\"credit_entitlement_cart\":[]") }
        out.raw(",\"credit_entitlement_cart\":[{\"credit_entitlement_id\":")
        out.string(Catalogue.creditEntitlementId)
        out.raw(",\"credit_entitlement_name\":\"API Credits\",\"credits_amount\":\"1000\",\"overage_balance\":\"0\"")
        out.raw(",\"overage_behavior\":\"invoice_at_billing\",\"overage_enabled\":true")
        out.member("product_id", plan.id)
        out.member("remaining_balance", String(credits))
        out.raw(",\"rollover_enabled\":true,\"unit\":\"API Calls\",\"expires_after_days\":30,\"low_balance_threshold_percent\":20")
        out.raw(",\"max_rollover_count\":1,\"overage_limit\":null,\"rollover_percentage\":50")
        out.raw(",\"rollover_timeframe_count\":1,\"rollover_timeframe_interval\":\"Month\"}]")
    }
}
