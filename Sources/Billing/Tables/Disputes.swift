extension StateTable {
    /// Disputes (FACTS 5.5): their amount is a text.
    static let disputes = StateTable(
        name: "disputes", sql: PackageResources.disputes_sql,
        columns: [
            .text("dispute_id", .key), .text("payment_id"), .text("brand_id", .lenient), .text("customer_id", "data.customer.customer_id", .lenient),
            .text("dispute_status"), .text("dispute_stage", .lenient), .textOrNumber("amount_text", "data.amount"), .text("currency"),
            .text("reason", .lenient), .text("remarks", .lenient), .flag("is_resolved_by_rdr", .lenient), .time("created_at"),
            .json("data", "data", .key),
        ])
}
