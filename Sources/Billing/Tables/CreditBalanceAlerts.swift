extension StateTable {
    /// Warnings of low balances (FACTS 5.8).
    static let creditBalanceAlerts = StateTable(
        name: "credit_balance_alerts", sql: PackageResources.credit_balance_alerts_sql, row: .entity(keyColumns: 2),
        columns: [
            .text("subscription_id", .key), .text("credit_entitlement_id", .key), .text("brand_id", .lenient), .text("customer_id"),
            .text("credit_entitlement_name", .lenient), .decimal("available_balance"), .decimal("subscription_credits_amount"),
            .decimal("threshold_amount"), .wholeNumber("threshold_percent", .lenient),
        ])
}
