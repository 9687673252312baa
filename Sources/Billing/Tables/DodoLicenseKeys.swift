extension StateTable {
    /// Licence keys that Dodo issued (FACTS 5.6); the key itself is hashed on its way in.
    static let dodoLicenseKeys = StateTable(
        name: "dodo_license_keys", sql: PackageResources.dodo_license_keys_sql,
        columns: [
            .text("id", .key), .text("brand_id", .lenient), .text("customer_id"), .text("product_id"), .text("payment_id"), .text("subscription_id"),
            .text("status"), .text("source", .lenient), .text("license_key", "data.key"), .wholeNumber("activations_limit"),
            .wholeNumber("instances_count", .lenient), .time("created_at"), .time("expires_at"),
        ])
}
