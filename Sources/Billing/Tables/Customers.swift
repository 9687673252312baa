extension StateTable {
    /// The customer object inside payments, subscriptions, refunds and disputes.
    static let customers = StateTable(
        name: "customers", sql: PackageResources.customers_sql, row: .mentioned(keyColumns: 1),
        columns: [
            .text("customer_id", "data.customer.customer_id", .key), .text("email", "data.customer.email", .lenient),
            .text("name", "data.customer.name", .lenient), .text("phone_number", "data.customer.phone_number", .lenient),
            .json("metadata", "data.customer.metadata", .lenient),
        ])
}
