extension StateTable {
    /// Checkouts that were left unpaid (FACTS 5.8).
    static let abandonedCheckouts = StateTable(
        name: "abandoned_checkouts", sql: PackageResources.abandoned_checkouts_sql,
        columns: [
            .text("payment_id", .key), .text("brand_id", .lenient), .text("customer_id"), .text("status"), .text("abandonment_reason", .lenient),
            .text("recovered_payment_id"), .time("abandoned_at"),
        ])
}
