extension StateTable {
    /// Attempts to win subscriptions back (FACTS 5.8).
    static let dunningAttempts = StateTable(
        name: "dunning_attempts", sql: PackageResources.dunning_attempts_sql, row: .entity(keyColumns: 2),
        columns: [
            .text("subscription_id", .key), .time("created_at", .key), .text("brand_id", .lenient), .text("customer_id"), .text("status"),
            .text("trigger_state"), .text("payment_id"),
        ])
}
