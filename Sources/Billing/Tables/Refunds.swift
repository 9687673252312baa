extension StateTable {
    /// Refunds (FACTS 5.4).
    static let refunds = StateTable(
        name: "refunds", sql: PackageResources.refunds_sql,
        columns: [
            .text("refund_id", .key), .text("payment_id"), .text("brand_id", .lenient), .text("customer_id", "data.customer.customer_id"),
            .text("status"), .flag("is_partial"), .wholeNumber("amount"), .text("currency"), .text("reason", .lenient),
            .text("network_reference", .lenient), .time("created_at"), .json("data", "data", .key),
        ])
}
