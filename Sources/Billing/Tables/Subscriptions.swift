extension StateTable {
    /// Subscriptions (FACTS 5.3).
    static let subscriptions = StateTable(
        name: "subscriptions", sql: PackageResources.subscriptions_sql,
        columns: [
            .text("subscription_id", .key), .text("brand_id", .lenient), .text("customer_id", "data.customer.customer_id"), .text("product_id"),
            .wholeNumber("quantity"), .text("status"), .text("currency"), .wholeNumber("recurring_pre_tax_amount"), .flag("tax_inclusive", .lenient),
            .wholeNumber("payment_frequency_count"), .text("payment_frequency_interval"), .wholeNumber("subscription_period_count", .lenient),
            .text("subscription_period_interval", .lenient), .wholeNumber("trial_period_days", .lenient), .flag("on_demand", .lenient),
            .flag("has_payment_method", .lenient), .text("payment_method_id", .lenient), .flag("cancel_at_next_billing_date"),
            .text("cancellation_feedback", .lenient), .text("cancelled_by", "data.cancelled_by.actor_type", .lenient), .time("created_at"),
            .time("previous_billing_date"), .time("next_billing_date"), .time("cancelled_at"), .time("paused_at"), .time("past_due_ends_at"),
            .time("expires_at"), .json("metadata", .lenient), .json("data", "data", .key),
        ])
}
