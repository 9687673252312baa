extension StateTable {
    /// Entitlement grants (FACTS 5.7), without the keys and links in them.
    static let entitlementGrants = StateTable(
        name: "entitlement_grants", sql: PackageResources.entitlement_grants_sql,
        columns: [
            .text("id", .key), .text("brand_id", .lenient), .text("customer_id"), .text("entitlement_id"), .text("integration_type", .lenient),
            .text("payment_id"), .text("subscription_id"), .text("status"), .text("revocation_reason", .lenient), .text("error_code", .lenient),
            .text("error_message", .lenient), .text("license_key_id", "data.license_key.id", .lenient),
            .text("license_key_status", "data.license_key.status", .lenient),
            .wholeNumber("license_key_activations_used", "data.license_key.activations_used", .lenient),
            .wholeNumber("license_key_activations_limit", "data.license_key.activations_limit", .lenient),
            .time("license_key_expires_at", "data.license_key.expires_at", .lenient), .text("feature_id", "data.feature.feature_id", .lenient),
            .text("feature_type", "data.feature.feature_type", .lenient), .time("created_at"),
            .time("provider_updated_at", "data.updated_at", .lenient), .time("delivered_at"), .time("revoked_at"), .json("metadata", .lenient),
        ])
}
