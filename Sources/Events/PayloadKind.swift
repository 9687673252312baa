/// What the `data` of an event describes (FACTS §5).
package enum PayloadKind: String, CaseIterable, Sendable {
    case payment = "Payment"
    case refund = "Refund"
    case dispute = "Dispute"
    case subscription = "Subscription"
    case licenseKey = "LicenseKey"
    case entitlementGrant = "EntitlementGrant"
    case creditLedgerEntry = "CreditLedgerEntry"
    case creditBalanceLow = "CreditBalanceLow"
    case abandonedCheckout = "AbandonedCheckout"
    case dunningAttempt = "DunningAttempt"
    case payout = "Payout"

    /// The field of `data` that identifies the entity; nil for the two kinds that have none of their own (FACTS §4).
    package var idField: String? {
        switch self {
        case .payment, .abandonedCheckout: "payment_id"
        case .refund: "refund_id"
        case .dispute: "dispute_id"
        case .subscription: "subscription_id"
        case .licenseKey, .entitlementGrant, .creditLedgerEntry: "id"
        case .payout: "payout_id"
        case .creditBalanceLow, .dunningAttempt: nil
        }
    }

    /// The field of `data` that tells the entity's state; nil for what never changes.
    package var statusField: String? {
        switch self {
        case .payment, .refund, .subscription, .licenseKey, .entitlementGrant, .abandonedCheckout, .dunningAttempt, .payout: "status"
        case .dispute: "dispute_status"
        case .creditLedgerEntry, .creditBalanceLow: nil
        }
    }
}
