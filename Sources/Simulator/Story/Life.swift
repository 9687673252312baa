import Events

/// A customer living through chapters: the steps that chapters are told in.
struct Life {
    var book: StoryBuilder

    init(_ book: StoryBuilder) { self.book = book }

    consuming func finish() -> CustomerStory { book.finish() }

    static let hour = 3600.0
    static let day = 86_400.0

    // Each entity is written down again whenever it changed.

    mutating func note(_ payment: Payment) {
        let person = book.person
        book.become(payment.handle, payment.status) { payment.write(to: &$0, of: person) }
    }

    mutating func note(_ subscription: Subscription) {
        let person = book.person
        book.become(subscription.handle, subscription.status) { subscription.write(to: &$0, of: person) }
    }

    mutating func note(_ grant: Grant) {
        let person = book.person
        book.become(grant.handle, grant.status) { grant.write(to: &$0, of: person) }
    }

    mutating func tell(_ type: EventType, _ payment: Payment) {
        note(payment)
        book.send(type, payment.handle)
    }

    mutating func tell(_ type: EventType, _ subscription: Subscription) {
        note(subscription)
        book.send(type, subscription.handle)
    }

    mutating func tell(_ type: EventType, _ grant: Grant) {
        note(grant)
        book.send(type, grant.handle)
    }

    mutating func tell(_ type: EventType, _ refund: Refund) {
        let person = book.person
        book.become(refund.handle, refund.status) { refund.write(to: &$0, of: person) }
        book.send(type, refund.handle)
    }

    mutating func tell(_ type: EventType, _ dispute: Dispute) {
        let person = book.person
        book.become(dispute.handle, dispute.status) { dispute.write(to: &$0, of: person) }
        book.send(type, dispute.handle)
    }

    mutating func tell(_ type: EventType, _ checkout: AbandonedCheckout) {
        let person = book.person
        book.become(checkout.handle, checkout.status) { checkout.write(to: &$0, of: person) }
        book.send(type, checkout.handle)
    }

    mutating func tell(_ type: EventType, _ attempt: DunningAttempt) {
        let person = book.person
        book.become(attempt.handle, attempt.status) { attempt.write(to: &$0, of: person) }
        book.send(type, attempt.handle)
    }

    mutating func tell(_ type: EventType, _ payout: Payout) {
        book.become(payout.handle, payout.status) { payout.write(to: &$0) }
        book.send(type, payout.handle)
    }

    // Steps that several chapters share.

    mutating func payment(_ total: Int64, status: String) -> Payment {
        let id = book.id("pay")
        return Payment(id: id, handle: book.entity(.payment, id), createdAt: book.now, status: status, total: total)
    }

    mutating func oneTimePurchase(_ product: Catalogue.Product, method: String = "card") -> Payment {
        oneTimePurchase([(product, 1)], method: method)
    }

    mutating func oneTimePurchase(_ cart: [(product: Catalogue.Product, quantity: Int64)], method: String = "card") -> Payment {
        let price = cart.reduce(0) { $0 + $1.product.price * $1.quantity }
        var payment = payment(price + price / 10, status: "processing")
        payment.cart = cart
        payment.checkoutSessionId = book.id("cks")
        payment.charge = .new
        payment.method = method
        if method != "card" {
            book.pass(2)
            tell(.paymentProcessing, payment)
            book.pass(Self.day * 2)
        }
        book.pass(12)
        payment.status = "succeeded"
        payment.updatedAt = book.now
        tell(.paymentSucceeded, payment)
        return payment
    }

    mutating func grant(_ kind: Grant.Kind, status: String, payment: Payment? = nil, subscription: Subscription? = nil) -> Grant {
        let id = book.id("entg")
        return Grant(id: id, handle: book.entity(.entitlementGrant, id), kind: kind, createdAt: book.now, paymentId: payment?.id,
                     subscriptionId: subscription?.id, status: status, updatedAt: book.now, deliveredAt: status == "Delivered" ? book.now : nil)
    }

    mutating func revoke(_ grant: inout Grant, _ reason: String) {
        book.pass(0.4)
        grant.status = "Revoked"
        grant.updatedAt = book.now
        grant.revokedAt = book.now
        grant.revocationReason = reason
        tell(.entitlementGrantRevoked, grant)
    }

    mutating func refund(_ payment: inout Payment, _ amount: Int64, succeeds: Bool = true) {
        let id = book.id("ref")
        var refund = Refund(id: id, handle: book.entity(.refund, id), paymentId: payment.id, createdAt: book.now, amount: amount,
                            isPartial: amount < payment.total, reason: book.random.chance(0.5) ? "Asked for by the customer" : nil, status: "pending")
        book.pass(90)
        refund.status = succeeds ? "succeeded" : "failed"
        tell(succeeds ? .refundSucceeded : .refundFailed, refund)
        payment.refunds.append(refund)
        payment.updatedAt = book.now
        // The payment changes, yet no payment event tells of it (FACTS 10.12).
        note(payment)
    }

    /// A dispute runs through its states; a day or more lies between them.
    mutating func dispute(_ payment: inout Payment, _ states: [(EventType, String)], rapid: Bool = false) {
        book.pass(Self.day * 9)
        let id = book.id("dp")
        var dispute = Dispute(id: id, handle: book.entity(.dispute, id), paymentId: payment.id, createdAt: book.now, amount: payment.total,
                              status: "dispute_opened", resolvedByRDR: rapid)
        tell(.disputeOpened, dispute)
        payment.disputes = [dispute]
        note(payment)
        for (type, status) in states {
            book.pass(Self.day * 3)
            dispute.status = status
            tell(type, dispute)
            payment.disputes = [dispute]
            note(payment)
        }
    }
}
