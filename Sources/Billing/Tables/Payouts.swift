extension StateTable {
    /// Payouts to the merchant (FACTS 5.8).
    static let payouts = StateTable(
        name: "payouts", sql: PackageResources.payouts_sql,
        columns: [
            .text("payout_id", .key), .text("status"), .text("currency"), .wholeNumber("amount"), .wholeNumber("fee"), .wholeNumber("tax", .lenient),
            .wholeNumber("refunds", .lenient), .wholeNumber("chargebacks", .lenient), .text("payment_method", .lenient), .text("name", .lenient),
            .text("remarks", .lenient), .time("created_at"), .time("provider_updated_at", "data.updated_at", .lenient),
        ])
}
