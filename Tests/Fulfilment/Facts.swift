import Events
import Fulfilment

/// Facts as a test writes them down.
extension SubjectFacts {
    /// A subscription that began on day 0 and is paid until day 30, as its first charge leaves it.
    static func subscription(_ status: String = "active", product: String = solo, _ change: (inout SubscriptionFact) -> Void = { _ in }) -> SubjectFacts {
        var subject = SubjectFacts(id: "sub_1", kind: .subscription)
        subject.since = day(0)
        var fact = SubscriptionFact(id: "sub_1", eventAt: day(0))
        fact.businessId = "bus_1"
        fact.customerId = "cus_1"
        fact.status = status
        fact.productId = product
        fact.quantity = 1
        fact.createdAt = day(0)
        fact.previousBilling = day(0)
        fact.nextBilling = day(30)
        fact.expiresAt = day(365)
        change(&fact)
        subject.subscription = fact
        subject.terms["sub_1"] = [.term(product, from: 0, quantity: fact.quantity)]
        subject.payments = [.forSubscription("pay_1", from: 0)]
        return subject
    }

    static func purchase(_ change: (inout PaymentFact) -> Void = { _ in }) -> SubjectFacts {
        var payment = PaymentFact(id: "pay_1")
        payment.businessId = "bus_1"
        payment.customerId = "cus_1"
        payment.status = "succeeded"
        payment.paidAt = day(0)
        payment.currency = "USD"
        payment.totalAmount = 4900
        payment.cart = [PaymentFact.CartLine(productId: desktop, quantity: 1)]
        change(&payment)
        var subject = SubjectFacts(id: "pay_1", kind: .payment)
        subject.payments = [payment]
        return subject
    }
}

extension TermFact {
    static func term(_ product: String, from start: Double, quantity: Int64? = 1, first: Double? = nil) -> TermFact {
        TermFact(
            subscriptionId: "sub_1", productId: product, startsAt: day(start), endsAt: day(start + 30), quantity: quantity, firstAt: day(first ?? start),
            isEntitling: true)
    }
}

extension PaymentFact {
    static func forSubscription(_ id: String, from start: Double, charge: String = "new", _ change: (inout PaymentFact) -> Void = { _ in }) -> PaymentFact {
        var payment = PaymentFact(id: id)
        payment.businessId = "bus_1"
        payment.customerId = "cus_1"
        payment.status = "succeeded"
        payment.paidAt = day(start)
        payment.chargeType = charge
        payment.currency = "USD"
        payment.totalAmount = 900
        payment.subscriptionIds = ["sub_1"]
        payment.servicePeriods = [ServicePeriod(subscriptionId: "sub_1", startsAt: day(start), endsAt: day(start + 30))]
        change(&payment)
        return payment
    }

    mutating func refund(_ amount: Int64, partial: Bool, at moment: Double, status: String = "succeeded", currency: String = "USD") {
        refunds.append(RefundFact(status: status, isPartial: partial, amount: amount, currency: currency, eventAt: day(moment)))
    }

    mutating func dispute(_ status: String, at moment: Double) {
        disputes.append(DisputeFact(status: "dispute_\(status)", eventAt: day(moment)))
    }
}
