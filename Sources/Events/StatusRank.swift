/// How far along its life a status is: the higher wins between two states that carry the same times (DESIGN §8).
package enum StatusRank {
    /// The rank of a status that this build does not know: beyond what is under way, short of what is final.
    package static let unknown: Int16 = 50

    /// - Parameters:
    ///   - status: the bytes of Dodo's status text.
    ///   - kind: whose status it is.
    /// - Returns: 0 to 100; `unknown` for a text that is not in FACTS §5.
    package static func of(_ status: UnsafeRawBufferPointer, _ kind: PayloadKind) -> Int16 {
        for entry in table(kind) where entry.name.utf8CodeUnitCount == status.count {
            let same = entry.name.withUTF8Buffer { $0.elementsEqual(status) }
            if same { return entry.rank }
        }
        return unknown
    }

    private typealias Row = (name: StaticString, rank: Int16)

    private static func table(_ kind: PayloadKind) -> [Row] {
        switch kind {
        case .payment: payment
        case .subscription: subscription
        case .refund: refund
        case .dispute: dispute
        case .licenseKey: licenseKey
        case .entitlementGrant: grant
        case .abandonedCheckout: checkout
        case .dunningAttempt: dunning
        case .payout: payout
        case .creditLedgerEntry, .creditBalanceLow: []
        }
    }

    private static let payment: [Row] = [
        ("succeeded", 100), ("failed", 80), ("cancelled", 90), ("processing", 20), ("partially_captured", 70),
        ("partially_captured_and_capturable", 60), ("requires_capture", 40), ("requires_confirmation", 15), ("requires_payment_method", 10),
        ("requires_customer_action", 12), ("requires_merchant_action", 14),
    ]
    private static let subscription: [Row] = [
        ("active", 20), ("pending", 0), ("past_due", 30), ("on_hold", 40), ("paused", 45), ("cancelled", 90), ("failed", 95), ("expired", 100),
    ]
    private static let refund: [Row] = [("succeeded", 100), ("failed", 90), ("review", 20), ("pending", 10)]
    private static let dispute: [Row] = [
        ("dispute_opened", 10), ("dispute_challenged", 20), ("dispute_cancelled", 80), ("dispute_expired", 85), ("dispute_accepted", 90),
        ("dispute_lost", 95), ("dispute_won", 100),
    ]
    private static let licenseKey: [Row] = [("active", 10), ("disabled", 80), ("expired", 100)]
    private static let grant: [Row] = [("Pending", 10), ("Delivered", 30), ("Failed", 60), ("Revoked", 100)]
    private static let checkout: [Row] = [("abandoned", 10), ("recovering", 20), ("opted_out", 70), ("exhausted", 80), ("recovered", 100)]
    private static let dunning: [Row] = [("recovering", 10), ("exhausted", 80), ("recovered", 100)]
    private static let payout: [Row] = [("not_initiated", 0), ("in_progress", 10), ("on_hold", 20), ("success", 90), ("failed", 100)]
}
