import Events

/// From a payment and what hangs on it to its order. Pure.
enum OrderRules {
    /// - Parameter terms: of the subscriptions that the payment is for, by id.
    /// - Returns: nil when it is no order: never paid, or only a new card.
    static func order(of payment: PaymentFact, terms: [String: [TermFact]]) -> Order? {
        guard payment.isOrder, let paidAt = payment.paidAt else { return nil }
        let lines = lines(of: payment, paidAt: paidAt, terms)
        return Order(
            paymentId: payment.id, home: payment.home, state: state(of: payment, isKnown: !lines.isEmpty), businessId: payment.businessId,
            customerId: payment.customerId, checkoutSessionId: payment.checkoutSessionId, chargeType: payment.chargeType, currency: payment.currency,
            totalAmount: payment.totalAmount, refundedAmount: refundedAmount(payment), paidAt: paidAt, lines: lines)
    }

    private static func state(of payment: PaymentFact, isKnown: Bool) -> Order.State {
        if isReversed(payment) { return .reversed }
        if payment.disputes.contains(where: \.isLost) { return .chargedBack }
        if payment.disputes.contains(where: \.isOpen) { return .disputed }
        if isFullyRefunded(payment) { return .refunded }
        if isPartlyRefunded(payment) { return .partiallyRefunded }
        return isKnown ? .fulfilled : .received
    }

    /// Whether a payment that once succeeded has failed after all. A status that nobody knows takes nothing back.
    static func isReversed(_ payment: PaymentFact) -> Bool {
        ["failed", "cancelled"].contains(payment.status)
    }

    /// One refund that is not partial, partial ones that add up, or Dodo's own word for it.
    static func isFullyRefunded(_ payment: PaymentFact) -> Bool {
        if payment.refundStatus == "full" || payment.refunds.contains(where: { $0.hasSucceeded && $0.isPartial == false }) { return true }
        guard let total = payment.totalAmount, total > 0 else { return false }
        return refundedAmount(payment) >= total
    }

    static func isPartlyRefunded(_ payment: PaymentFact) -> Bool {
        payment.refundStatus == "partial" || payment.refunds.contains(where: \.hasSucceeded)
    }

    private static func refundedAmount(_ payment: PaymentFact) -> Int64 {
        payment.refunds.reduce(0) { sum, refund in
            guard refund.hasSucceeded, let amount = refund.amount, amount > 0, refund.currency == nil || refund.currency == payment.currency else { return sum }
            let (next, overflow) = sum.addingReportingOverflow(amount)
            return overflow ? .max : next
        }
    }

    /// The cart; on a subscription's payment, which has none, what each subscription was for in the time that was bought.
    private static func lines(of payment: PaymentFact, paidAt: Timestamp, _ terms: [String: [TermFact]]) -> [Order.Line] {
        guard !payment.subscriptionIds.isEmpty else {
            return payment.cart.map { Order.Line(productId: $0.productId, quantity: $0.quantity) }
        }
        return payment.subscriptionIds.compactMap { id in
            let period = payment.servicePeriods.first { $0.subscriptionId == id }
            guard let term = term(of: terms[id] ?? [], at: period?.startsAt ?? paidAt, afterChange: payment.chargeType == "plan_change") else { return nil }
            return Order.Line(
                productId: term.productId, quantity: term.quantity ?? 1, subscriptionId: id, startsAt: period?.startsAt, endsAt: period?.endsAt)
        }
    }

    /// The term that a payment bought: of the period that had begun by then, the first that was told of, or for a plan change the last.
    private static func term(of terms: [TermFact], at moment: Timestamp, afterChange: Bool) -> TermFact? {
        guard let start = terms.map(\.startsAt).filter({ $0 <= moment }).max() ?? terms.map(\.startsAt).min() else { return nil }
        let candidates = terms.filter { $0.startsAt == start }.sorted { ($0.firstAt, $0.productId) < ($1.firstAt, $1.productId) }
        return afterChange ? candidates.last : candidates.first
    }
}
