extension StateTable {
    /// Lines of credit ledgers (FACTS 5.8): decimal texts in the entitlement's own unit.
    static let creditLedgerEntries = StateTable(
        name: "credit_ledger_entries", sql: PackageResources.credit_ledger_entries_sql,
        columns: [
            .text("id", .key), .text("brand_id", .lenient), .text("customer_id"), .text("credit_entitlement_id"), .text("transaction_type"),
            .flag("is_credit"), .decimal("amount"), .decimal("balance_before"), .decimal("balance_after"), .decimal("overage_before"),
            .decimal("overage_after"), .text("grant_id", .lenient), .text("reference_id", .lenient), .text("reference_type", .lenient),
            .text("description", .lenient), .time("created_at"), .json("metadata", .lenient),
        ])
}
