extension StateTable {
    /// What each subscription event said, one row an event.
    static let subscriptionHistory = StateTable(
        name: "subscription_history", sql: PackageResources.subscription_history_sql, row: .event,
        columns: [
            .text("subscription_id", .key), .text("event_type", "type", .key), .text("status"), .text("product_id"), .wholeNumber("quantity"),
            .text("currency"), .wholeNumber("recurring_pre_tax_amount"), .time("previous_billing_date"), .time("next_billing_date"),
            .flag("cancel_at_next_billing_date"), .text("payment_id"),
        ])
}
