import Events

/// Which billing periods of a subscription were paid or granted. Pure.
enum PeriodRules {
    /// Keyed by the period's start, so the four events of a first charge, in whatever order, count once. A plan change buys the rest of a period, not another
    /// one; a renewal without a service period bills usage only (FACTS 5.2).
    static func periods(of subscriptionId: String, payments: [PaymentFact], terms: [TermFact]) -> [Period] {
        var periods: [Timestamp: Period] = [:]
        for term in terms.sorted(by: { ($0.firstAt, $0.productId) < ($1.firstAt, $1.productId) }) where term.isEntitling {
            guard periods[term.startsAt] == nil else { continue }
            periods[term.startsAt] = Period(
                subscriptionId: subscriptionId, startsAt: term.startsAt, endsAt: term.endsAt, productId: term.productId, quantity: term.quantity, paymentId: nil)
        }
        for payment in payments.sorted(by: { ($0.paidAt ?? .distantFuture, $0.id) < ($1.paidAt ?? .distantFuture, $1.id) })
        where payment.isOrder && payment.chargeType != "plan_change" {
            for bought in payment.servicePeriods where bought.subscriptionId == subscriptionId {
                var period = periods[bought.startsAt] ?? Period(subscriptionId: subscriptionId, startsAt: bought.startsAt, endsAt: bought.endsAt)
                period.paymentId = period.paymentId ?? payment.id
                periods[bought.startsAt] = period
            }
        }
        return periods.values.sorted { $0.startsAt < $1.startsAt }
    }
}

extension Timestamp {
    static let distantFuture = Timestamp(microseconds: .max)
}
