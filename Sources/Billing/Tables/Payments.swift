extension StateTable {
    /// Payments (FACTS 5.2).
    static let payments = StateTable(
        name: "payments", sql: PackageResources.payments_sql,
        columns: [
            .text("payment_id", .key), .text("brand_id", .lenient), .text("customer_id", "data.customer.customer_id"), .text("subscription_id"),
            .text("checkout_session_id", .lenient), .text("invoice_id", .lenient), .text("status"), .text("charge_type"), .text("currency"),
            .wholeNumber("total_amount"), .wholeNumber("tax"), .text("settlement_currency"), .wholeNumber("settlement_amount"),
            .wholeNumber("settlement_tax"), .text("refund_status", .lenient), .flag("is_update_payment_method"),
            .flag("is_multi_subscription", .lenient), .wholeNumber("retry_attempt", .lenient), .text("payment_provider", .lenient),
            .text("payment_method", .lenient), .text("payment_method_type", .lenient), .text("card_network", .lenient),
            .text("card_last_four", .lenient), .text("card_issuing_country", .lenient), .text("billing_country", "data.billing.country", .lenient),
            .text("error_code", .lenient), .text("error_message", .lenient), .time("created_at"),
            .time("provider_updated_at", "data.updated_at", .lenient), .json("metadata", .lenient), .json("data", "data", .key),
        ])
}
