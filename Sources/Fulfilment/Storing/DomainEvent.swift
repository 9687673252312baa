import Events
import Worker

/// The events that this stage tells others: each carries the whole state of its entity and a revision, so a consumer keeps the highest and no order matters.
enum DomainEvent {
    /// `ce_type`, which is the topic's name in live mode.
    enum Name: String, CaseIterable {
        case orderFulfilled = "nicobar.order.fulfilled", orderRefunded = "nicobar.order.refunded", orderDisputed = "nicobar.order.disputed"
        case entitlementGranted = "nicobar.entitlement.granted", entitlementChanged = "nicobar.entitlement.changed"
        case entitlementSuspended = "nicobar.entitlement.suspended", entitlementRevoked = "nicobar.entitlement.revoked"
    }

    /// What is told when an order is in a state; nil for nothing.
    static func name(for state: Order.State) -> Name? {
        switch state {
        case .received: nil
        case .fulfilled: .orderFulfilled
        case .partiallyRefunded, .refunded, .reversed: .orderRefunded
        case .disputed, .chargedBack: .orderDisputed
        }
    }

    /// - Parameter wasGranted: whether it was ever active before.
    static func name(for state: Entitlement.State, wasGranted: Bool) -> Name {
        switch state {
        case .active: wasGranted ? .entitlementChanged : .entitlementGranted
        case .suspended: .entitlementSuspended
        case .revoked: .entitlementRevoked
        }
    }

    static func body(of order: Order, revision: Int64, changedAt: Timestamp) -> String {
        var out = JSONBody()
        out.open()
        out.member("order_id", order.paymentId)
        out.member("revision", revision)
        out.member("state", order.state.rawValue)
        out.member("business_id", order.businessId)
        out.member("customer_id", order.customerId)
        out.member("payment_id", order.paymentId)
        out.member("subscription_id", order.home == order.paymentId ? nil : order.home)
        out.member("checkout_session_id", order.checkoutSessionId)
        out.member("charge_type", order.chargeType)
        out.member("currency", order.currency)
        out.member("total_amount", order.totalAmount)
        out.member("refunded_amount", order.refundedAmount)
        out.member("lines", raw: "[" + order.lines.map(line).joined(separator: ",") + "]")
        out.member("paid_at", order.paidAt.description)
        out.member("changed_at", changedAt.description)
        out.close()
        return out.text
    }

    private static func line(_ line: Order.Line) -> String {
        var out = JSONBody()
        out.open()
        out.member("product_id", line.productId)
        out.member("quantity", line.quantity)
        out.member("subscription_id", line.subscriptionId)
        out.member("starts_at", line.startsAt?.description)
        out.member("ends_at", line.endsAt?.description)
        out.close()
        return out.text
    }

    static func body(of entitlement: Entitlement, revision: Int64, catalogueVersion: Int64, changedAt: Timestamp) -> String {
        var out = JSONBody()
        out.open()
        out.member("entitlement_id", entitlement.id)
        out.member("revision", revision)
        out.member("state", entitlement.state.rawValue)
        out.member("reason", entitlement.reason.rawValue)
        out.member("business_id", entitlement.businessId)
        out.member("customer_id", entitlement.customerId)
        out.member("source_kind", entitlement.sourceKind.rawValue)
        out.member("source_id", entitlement.sourceId)
        out.member("order_id", entitlement.orderId)
        out.member("product_id", entitlement.productId)
        out.member("quantity", entitlement.quantity)
        out.member("features", raw: entitlement.features)
        out.member("valid_from", entitlement.validFrom.description)
        out.member("valid_until", entitlement.validUntil?.description)
        out.member("licence_policy", raw: entitlement.licencePolicy ?? "null")
        out.member("catalogue_version", catalogueVersion)
        out.member("changed_at", changedAt.description)
        out.close()
        return out.text
    }
}
