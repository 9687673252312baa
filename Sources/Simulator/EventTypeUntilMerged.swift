package enum PayloadKind: String, CaseIterable, Sendable { case payment, refund, dispute, subscription, licenseKey, entitlementGrant, creditLedgerEntry, creditBalanceLow, abandonedCheckout, dunningAttempt, payout }
package enum EventType: String, CaseIterable, Sendable {
    case paymentSucceeded = "payment.succeeded", paymentFailed = "payment.failed", paymentProcessing = "payment.processing", paymentCancelled = "payment.cancelled"
    case refundSucceeded = "refund.succeeded", refundFailed = "refund.failed"
    case disputeOpened = "dispute.opened", disputeChallenged = "dispute.challenged", disputeAccepted = "dispute.accepted", disputeCancelled = "dispute.cancelled", disputeExpired = "dispute.expired", disputeWon = "dispute.won", disputeLost = "dispute.lost"
    case subscriptionActive = "subscription.active", subscriptionRenewed = "subscription.renewed", subscriptionUpdated = "subscription.updated", subscriptionPastDue = "subscription.past_due", subscriptionOnHold = "subscription.on_hold", subscriptionPaused = "subscription.paused", subscriptionUnpaused = "subscription.unpaused", subscriptionPlanChanged = "subscription.plan_changed", subscriptionUpdatePaymentMethod = "subscription.update_payment_method", subscriptionCancelled = "subscription.cancelled", subscriptionFailed = "subscription.failed", subscriptionExpired = "subscription.expired"
    case licenseKeyCreated = "license_key.created"
    case entitlementGrantCreated = "entitlement_grant.created", entitlementGrantDelivered = "entitlement_grant.delivered", entitlementGrantFailed = "entitlement_grant.failed", entitlementGrantRevoked = "entitlement_grant.revoked"
    case creditAdded = "credit.added", creditDeducted = "credit.deducted", creditExpired = "credit.expired", creditRolledOver = "credit.rolled_over", creditRolloverForfeited = "credit.rollover_forfeited", creditOverageCharged = "credit.overage_charged", creditOverageReset = "credit.overage_reset", creditManualAdjustment = "credit.manual_adjustment", creditBalanceLow = "credit.balance_low"
    case abandonedCheckoutDetected = "abandoned_checkout.detected", abandonedCheckoutRecovered = "abandoned_checkout.recovered"
    case dunningStarted = "dunning.started", dunningRecovered = "dunning.recovered"
    case payoutCreated = "payout.created", payoutInProgress = "payout.in_progress", payoutOnHold = "payout.on_hold", payoutSuccess = "payout.success", payoutFailed = "payout.failed"
}
