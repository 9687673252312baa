/// What Dodo says has happened: the 48 types of FACTS §4, by Dodo's names.
///
/// The list grows at Dodo's side without notice; a name that is not here is not an error, its events go to the unrecognised topic.
package enum EventType: String, CaseIterable, Sendable {
    case paymentSucceeded = "payment.succeeded"
    case paymentFailed = "payment.failed"
    case paymentProcessing = "payment.processing"
    case paymentCancelled = "payment.cancelled"

    case refundSucceeded = "refund.succeeded"
    case refundFailed = "refund.failed"

    case disputeOpened = "dispute.opened"
    case disputeChallenged = "dispute.challenged"
    case disputeAccepted = "dispute.accepted"
    case disputeCancelled = "dispute.cancelled"
    case disputeExpired = "dispute.expired"
    case disputeWon = "dispute.won"
    case disputeLost = "dispute.lost"

    case subscriptionActive = "subscription.active"
    case subscriptionRenewed = "subscription.renewed"
    case subscriptionUpdated = "subscription.updated"
    case subscriptionPastDue = "subscription.past_due"
    case subscriptionOnHold = "subscription.on_hold"
    case subscriptionPaused = "subscription.paused"
    case subscriptionUnpaused = "subscription.unpaused"
    case subscriptionPlanChanged = "subscription.plan_changed"
    case subscriptionUpdatePaymentMethod = "subscription.update_payment_method"
    case subscriptionCancelled = "subscription.cancelled"
    case subscriptionFailed = "subscription.failed"
    case subscriptionExpired = "subscription.expired"

    case licenseKeyCreated = "license_key.created"

    case entitlementGrantCreated = "entitlement_grant.created"
    case entitlementGrantDelivered = "entitlement_grant.delivered"
    case entitlementGrantFailed = "entitlement_grant.failed"
    case entitlementGrantRevoked = "entitlement_grant.revoked"

    case creditAdded = "credit.added"
    case creditDeducted = "credit.deducted"
    case creditExpired = "credit.expired"
    case creditRolledOver = "credit.rolled_over"
    case creditRolloverForfeited = "credit.rollover_forfeited"
    case creditOverageCharged = "credit.overage_charged"
    case creditOverageReset = "credit.overage_reset"
    case creditManualAdjustment = "credit.manual_adjustment"
    case creditBalanceLow = "credit.balance_low"

    case abandonedCheckoutDetected = "abandoned_checkout.detected"
    case abandonedCheckoutRecovered = "abandoned_checkout.recovered"

    case dunningStarted = "dunning.started"
    case dunningRecovered = "dunning.recovered"

    case payoutCreated = "payout.created"
    case payoutInProgress = "payout.in_progress"
    case payoutOnHold = "payout.on_hold"
    case payoutSuccess = "payout.success"
    case payoutFailed = "payout.failed"

    /// What the `data` of this type describes.
    package var payload: PayloadKind {
        switch self {
        case .paymentSucceeded, .paymentFailed, .paymentProcessing, .paymentCancelled: .payment
        case .refundSucceeded, .refundFailed: .refund
        case .disputeOpened, .disputeChallenged, .disputeAccepted, .disputeCancelled, .disputeExpired, .disputeWon, .disputeLost: .dispute
        case .subscriptionActive, .subscriptionRenewed, .subscriptionUpdated, .subscriptionPastDue, .subscriptionOnHold,
            .subscriptionPaused, .subscriptionUnpaused, .subscriptionPlanChanged, .subscriptionUpdatePaymentMethod,
            .subscriptionCancelled, .subscriptionFailed, .subscriptionExpired:
            .subscription
        case .licenseKeyCreated: .licenseKey
        case .entitlementGrantCreated, .entitlementGrantDelivered, .entitlementGrantFailed, .entitlementGrantRevoked: .entitlementGrant
        case .creditAdded, .creditDeducted, .creditExpired, .creditRolledOver, .creditRolloverForfeited, .creditOverageCharged,
            .creditOverageReset, .creditManualAdjustment:
            .creditLedgerEntry
        case .creditBalanceLow: .creditBalanceLow
        case .abandonedCheckoutDetected, .abandonedCheckoutRecovered: .abandonedCheckout
        case .dunningStarted, .dunningRecovered: .dunningAttempt
        case .payoutCreated, .payoutInProgress, .payoutOnHold, .payoutSuccess, .payoutFailed: .payout
        }
    }

    /// The type of this name, found without making a String.
    ///
    /// - Parameter name: the bytes of Dodo's name, such as `payment.succeeded`.
    package init?(_ name: UnsafeRawBufferPointer) {
        guard let type = NamesByHash.shared.find(name) else { return nil }
        self = type
    }
}

/// Dodo's names in an open-addressing table, for a lookup on every event without an allocation.
private struct NamesByHash: Sendable {
    static let shared = NamesByHash()
    private static let size = 256
    private let slots: [(type: EventType, name: [UInt8])?]

    private init() {
        var slots: [(type: EventType, name: [UInt8])?] = Array(repeating: nil, count: Self.size)
        for type in EventType.allCases {
            let name = Array(type.rawValue.utf8)
            var slot = name.withUnsafeBytes(Self.hash)
            while slots[slot] != nil { slot = (slot + 1) % Self.size }
            slots[slot] = (type, name)
        }
        self.slots = slots
    }

    /// FNV-1a: short names, no enemy; a collision only costs one more comparison.
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash % UInt32(size))
    }

    func find(_ name: UnsafeRawBufferPointer) -> EventType? {
        var slot = Self.hash(name)
        while let entry = slots[slot] {
            if entry.name.count == name.count, entry.name.elementsEqual(name) { return entry.type }
            slot = (slot + 1) % Self.size
        }
        return nil
    }
}
