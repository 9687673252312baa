/// A licence key as FACTS 5.6 describes it.
struct LicenceKey {
    let id: String
    let handle: Int
    let key: String
    let createdAt: StoryTime
    let paymentId: String
    let productId: String
    var status = "active"

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"LicenseKey\"")
        out.member("id", id)
        out.member("brand_id", Catalogue.businessId)
        out.member("business_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("customer_id", person.id)
        out.member("instances_count", 0)
        out.member("key", key)
        out.member("product_id", productId)
        out.member("source", raw: "\"auto\"")
        out.member("status", status)
        out.member("activations_limit", 3)
        out.raw(",\"expires_at\":null")
        out.member("payment_id", paymentId)
        out.raw(",\"subscription_id\":null")
    }
}

/// An entitlement grant as FACTS 5.7 describes it.
struct Grant {
    enum Kind: String { case feature = "feature_flag", licence = "license_key", files = "digital_files", discord }

    let id: String
    let handle: Int
    let kind: Kind
    let createdAt: StoryTime
    let paymentId: String?
    let subscriptionId: String?
    var licence: LicenceKey?
    /// `Pending`, `Delivered`, `Failed`, `Revoked`: capitalised, unlike every other status (FACTS 10.9).
    var status: String
    var updatedAt: StoryTime
    var deliveredAt: StoryTime?
    var revokedAt: StoryTime?
    var revocationReason: String?

    private var entitlementId: String {
        switch kind {
        case .feature: Catalogue.featureEntitlementId
        case .licence: Catalogue.licenceEntitlementId
        case .files: Catalogue.filesEntitlementId
        case .discord: Catalogue.discordEntitlementId
        }
    }

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"EntitlementGrant\"")
        out.member("id", id)
        out.member("brand_id", Catalogue.businessId)
        out.member("business_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("customer_id", person.id)
        out.member("entitlement_id", entitlementId)
        out.member("integration_type", kind.rawValue)
        out.member("metadata", raw: "{}")
        out.member("status", status)
        out.member("updated_at", updatedAt)
        out.member("delivered_at", deliveredAt)
        if kind == .files, status == "Delivered" {
            out.raw(",\"digital_product_delivery\":{\"files\":[{\"download_url\":\"https://files.example.com/d/bundle.zip?sig=sample\",\"expires_in\":900")
            out.raw(",\"file_id\":\"df_traRLp3CmKDY\",\"filename\":\"bundle.zip\",\"content_type\":\"application/zip\",\"file_size\":18742390}]")
            out.raw(",\"external_url\":null,\"instructions\":\"Unzip and run the installer.\"}")
        } else {
            out.raw(",\"digital_product_delivery\":null")
        }
        out.member("error_code", status == "Failed" ? "discord_guild_missing" : nil)
        out.member("error_message", status == "Failed" ? "The target server is not available." : nil)
        out.member("feature", raw: kind == .feature ? "{\"feature_id\":\"pro_exports\",\"feature_type\":\"boolean\"}" : "null")
        if let licence {
            out.key("license_key")
            out.openObject()
            out.member("id", licence.id)
            out.raw(",\"activations_used\":0")
            out.member("key", licence.key)
            out.member("status", licence.status)
            out.raw(",\"activations_limit\":3,\"expires_at\":null}")
        } else {
            out.raw(",\"license_key\":null")
        }
        out.raw(",\"oauth_expires_at\":null,\"oauth_url\":null")
        out.member("payment_id", paymentId)
        out.member("revocation_reason", revocationReason)
        out.member("revoked_at", revokedAt)
        out.member("subscription_id", subscriptionId)
    }
}
