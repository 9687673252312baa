/// What is sold and what it grants: a version of the catalogue file (schemas/catalog.schema.json).
package struct Catalogue: Sendable, Equatable {
    /// What becomes of access when a part of the money goes back.
    package enum OnPartialRefund: String, Sendable, CaseIterable, Codable { case keep, suspend, revoke }
    /// What becomes of a subscription's access when the whole of a payment for it goes back.
    package enum OnSubscriptionRefund: String, Sendable, CaseIterable, Codable { case keep, revoke }
    /// What becomes of access while a payment is disputed. `suspend`: until it is decided, and revoked when it is lost.
    package enum OnDispute: String, Sendable, CaseIterable, Codable { case suspend, keep }

    /// How licences are issued for a product.
    package struct LicencePolicy: Sendable, Equatable {
        package enum KeysPer: String, Sendable, CaseIterable, Codable { case unit, entitlement }

        package var keysPer: KeysPer
        /// How many machines one key may be activated on; nil for any number.
        package var activations: Int64?
        /// How long an offline token is good, in days.
        package var tokenDays: Int64
        package var features: [String]
        package var keyPrefix: String
    }

    /// What one product grants.
    package struct Product: Sendable, Equatable {
        package var productId: String
        /// For people; nothing depends on it.
        package var name: String?
        package var features: [String]
        package var licencePolicy: LicencePolicy?
        /// How long after the next billing date access goes on without news of the renewal, in hours.
        package var graceHours: Int64
        /// How long a hold may last before access is revoked, in days.
        package var onHoldDays: Int64
        /// How long a one-time purchase is good, in days; nil for ever.
        package var validDays: Int64?
        package var onPartialRefund: OnPartialRefund
        package var onSubscriptionRefund: OnSubscriptionRefund
        package var onDispute: OnDispute

        /// `features` as the events carry it.
        package let featuresJSON: String
        /// `licencePolicy` as the events carry it.
        package let licencePolicyJSON: String?

        package init(
            productId: String, name: String? = nil, features: [String] = [], licencePolicy: LicencePolicy? = nil, graceHours: Int64 = 72,
            onHoldDays: Int64 = 30, validDays: Int64? = nil, onPartialRefund: OnPartialRefund = .keep, onSubscriptionRefund: OnSubscriptionRefund = .keep,
            onDispute: OnDispute = .suspend
        ) {
            self.productId = productId
            self.name = name
            self.features = features
            self.licencePolicy = licencePolicy
            self.graceHours = graceHours
            self.onHoldDays = onHoldDays
            self.validDays = validDays
            self.onPartialRefund = onPartialRefund
            self.onSubscriptionRefund = onSubscriptionRefund
            self.onDispute = onDispute
            featuresJSON = JSONBody.array(features)
            licencePolicyJSON = licencePolicy?.json
        }
    }

    /// 0 while none was ever applied.
    package var version: Int64
    package var products: [String: Product]
    /// What a product grants that is not listed; nil for nothing at all.
    package var standard: Product?

    package init(version: Int64 = 0, products: [Product] = [], standard: Product? = nil) {
        self.version = version
        self.products = Dictionary(products.map { ($0.productId, $0) }) { _, last in last }
        self.standard = standard
    }

    /// What a product grants; nil for nothing at all.
    package func product(_ id: String) -> Product? { products[id] ?? standard }

    /// The products whose conclusions differ between two catalogues: ids, and whether unlisted ones do too.
    package func differences(from other: Catalogue) -> (products: Set<String>, unlisted: Bool) {
        let ids = Set(products.keys).union(other.products.keys).filter { id in
            var one = product(id), two = other.product(id)
            one?.name = nil
            two?.name = nil
            one?.productId = id
            two?.productId = id
            return one != two
        }
        return (ids, standard != other.standard)
    }
}

extension Catalogue.LicencePolicy {
    /// The object that the events carry.
    var json: String {
        var out = JSONBody()
        out.open()
        out.member("keys_per", keysPer.rawValue)
        out.member("activations", activations)
        out.member("token_days", tokenDays)
        out.member("features", raw: JSONBody.array(features))
        out.member("key_prefix", keyPrefix)
        out.close()
        return out.text
    }
}
