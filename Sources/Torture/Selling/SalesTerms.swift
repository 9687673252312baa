import Foundation
import Simulator

/// What the simulated merchant sells, as the file that `nicobar catalog apply` takes; read here by code of its own.
package struct SalesTerms: Sendable {
    struct Policy: Decodable, Sendable {
        let keysPer: String
        let activations: Int64?
        let features: [String]?
        let keyPrefix: String
    }

    struct Product: Decodable, Sendable {
        let productId: String
        let features: [String]?
        let licencePolicy: Policy?
        let graceHours: Int64?
        let onHoldDays: Int64?
        let validDays: Int64?
        let onPartialRefund: String?
        let onSubscriptionRefund: String?
        let onDispute: String?
    }

    /// The file's text.
    package let text: String
    let products: [String: Product]

    /// - Throws: Foundation's `DecodingError` when the text is no such file.
    init(_ text: String) throws {
        struct File: Decodable { let products: [Product] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self.text = text
        products = Dictionary(uniqueKeysWithValues: try decoder.decode(File.self, from: Data(text.utf8)).products.map { ($0.productId, $0) })
    }

    /// In force from the start: keys for each unit, none for the largest plan, and one product that is not listed.
    package static func first() throws -> SalesTerms {
        try SalesTerms("""
            {"products": [
              {"product_id": "\(Catalogue.desktopLicence.id)", "features": ["desktop"],
               "licence_policy": {"keys_per": "unit", "activations": 3, "key_prefix": "DESK"}},
              {"product_id": "\(Catalogue.plans[0].id)", "features": ["projects"], "on_subscription_refund": "revoke",
               "licence_policy": {"keys_per": "unit", "activations": 2, "token_days": 14, "key_prefix": "SOLO"}},
              {"product_id": "\(Catalogue.plans[1].id)", "features": ["projects", "members"], "grace_hours": 96,
               "licence_policy": {"keys_per": "unit", "activations": null, "token_days": 14, "key_prefix": "TEAM", "features": ["team"]}},
              {"product_id": "\(Catalogue.plans[2].id)", "features": ["projects", "members", "sso"]}
            ]}
            """)
    }

    /// In force from the middle of a run, while everything is being hurt: it changes something for every product that was ever bought.
    package static func second() throws -> SalesTerms {
        try SalesTerms("""
            {"products": [
              {"product_id": "\(Catalogue.desktopLicence.id)", "features": ["desktop", "updates"], "on_partial_refund": "suspend",
               "licence_policy": {"keys_per": "unit", "activations": 5, "key_prefix": "DESK"}},
              {"product_id": "\(Catalogue.iconBundle.id)", "features": ["icons"], "valid_days": 60, "on_partial_refund": "revoke"},
              {"product_id": "\(Catalogue.plans[0].id)", "features": ["projects"], "on_subscription_refund": "revoke",
               "licence_policy": {"keys_per": "entitlement", "activations": 2, "token_days": 14, "key_prefix": "SOLO"}},
              {"product_id": "\(Catalogue.plans[1].id)", "features": ["projects", "members"], "grace_hours": 48, "on_subscription_refund": "revoke",
               "licence_policy": {"keys_per": "unit", "activations": null, "token_days": 14, "key_prefix": "TEAM", "features": ["team"]}},
              {"product_id": "\(Catalogue.plans[2].id)", "features": ["projects", "members", "sso"], "on_hold_days": 45, "on_dispute": "keep",
               "licence_policy": {"keys_per": "unit", "activations": 1, "key_prefix": "CORP"}}
            ]}
            """)
    }
}
