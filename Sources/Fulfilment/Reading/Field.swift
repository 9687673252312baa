import JSONReader

/// The fields of an event that fulfilment reads; one plan for all four kinds of payload, since what is missing costs nothing.
enum Field: Int, CaseIterable {
    case type, timestamp, businessId, data
    case paymentId, subscriptionId, refundId, disputeId, customerId
    case status, disputeStatus, currency, totalAmount, amount, refundStatus, chargeType, checkoutSessionId
    case isUpdatePaymentMethod, isPartial, subscriptionIds, productCart, servicePeriods
    case productId, quantity, onDemand, cancelAtNextBillingDate, createdAt, previousBillingDate, nextBillingDate, cancelledAt, pastDueEndsAt, expiresAt

    var path: String {
        switch self {
        case .type: "type"
        case .timestamp: "timestamp"
        case .businessId: "business_id"
        case .data: "data"
        case .paymentId: "data.payment_id"
        case .subscriptionId: "data.subscription_id"
        case .refundId: "data.refund_id"
        case .disputeId: "data.dispute_id"
        case .customerId: "data.customer.customer_id"
        case .status: "data.status"
        case .disputeStatus: "data.dispute_status"
        case .currency: "data.currency"
        case .totalAmount: "data.total_amount"
        case .amount: "data.amount"
        case .refundStatus: "data.refund_status"
        case .chargeType: "data.charge_type"
        case .checkoutSessionId: "data.checkout_session_id"
        case .isUpdatePaymentMethod: "data.is_update_payment_method"
        case .isPartial: "data.is_partial"
        case .subscriptionIds: "data.subscription_ids"
        case .productCart: "data.product_cart"
        case .servicePeriods: "data.service_periods"
        case .productId: "data.product_id"
        case .quantity: "data.quantity"
        case .onDemand: "data.on_demand"
        case .cancelAtNextBillingDate: "data.cancel_at_next_billing_date"
        case .createdAt: "data.created_at"
        case .previousBillingDate: "data.previous_billing_date"
        case .nextBillingDate: "data.next_billing_date"
        case .cancelledAt: "data.cancelled_at"
        case .pastDueEndsAt: "data.past_due_ends_at"
        case .expiresAt: "data.expires_at"
        }
    }

    static let plan = FieldPlan(allCases.map(\.path))
}
