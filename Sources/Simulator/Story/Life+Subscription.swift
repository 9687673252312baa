import Events

/// The steps of a subscription's life (FACTS 6).
extension Life {
    /// First charge: four events with one timestamp (FACTS 2.4, 6), then a grant that is already delivered.
    mutating func subscribe(_ plan: Catalogue.Product, quantity: Int64 = 1, credits: Int64? = nil) -> (subscription: Subscription, payment: Payment, grant: Grant) {
        book.alignToMillisecond()
        let created = book.now, next = created.adding(months: 1), id = book.id("sub")
        var subscription = Subscription(id: id, handle: book.entity(.subscription, id), createdAt: created, status: "active", plan: plan,
                                        previousBilling: created, nextBilling: next, expiresAt: created.adding(months: 12))
        subscription.quantity = quantity
        subscription.paymentMethodId = book.id("pm")
        subscription.credits = credits
        let payment = charge(subscription, .new, succeeded: true)
        note(subscription)
        book.send(.paymentSucceeded, payment.handle)
        book.send(.subscriptionActive, subscription.handle)
        book.send(.subscriptionRenewed, subscription.handle, extra: Self.paidBy(payment))
        book.send(.subscriptionUpdated, subscription.handle)
        book.pass(0.9)
        let grant = grant(.feature, status: "Delivered", subscription: subscription)
        tell(.entitlementGrantCreated, grant)
        return (subscription, payment, grant)
    }

    /// A free trial begins: the mandate is set up, a payment of nothing stands for it, and nothing is renewed yet (FACTS 6).
    mutating func tryOut(_ plan: Catalogue.Product, days: Int64) -> (subscription: Subscription, grant: Grant) {
        book.alignToMillisecond()
        let created = book.now, end = created + Double(days) * Self.day, id = book.id("sub")
        var subscription = Subscription(id: id, handle: book.entity(.subscription, id), createdAt: created, status: "active", plan: plan,
                                        previousBilling: created, nextBilling: end, expiresAt: created.adding(months: 12))
        subscription.trialDays = days
        subscription.paymentMethodId = book.id("pm")
        let payment = charge(subscription, .new, succeeded: true, price: 0)
        note(subscription)
        book.send(.paymentSucceeded, payment.handle)
        book.send(.subscriptionActive, subscription.handle)
        book.pass(0.9)
        let grant = grant(.feature, status: "Delivered", subscription: subscription)
        tell(.entitlementGrantCreated, grant)
        return (subscription, grant)
    }

    /// The member that only `subscription.renewed` has.
    static func paidBy(_ payment: Payment) -> [UInt8] {
        var writer = JSONWriter(capacity: 48)
        writer.raw(",\"payment_id\":")
        writer.string(payment.id)
        return writer.bytes
    }

    /// A payment for a subscription, written down but not yet told of.
    ///
    /// - Parameter price: minor units before tax; the plan's unless given.
    mutating func charge(_ subscription: Subscription, _ kind: Payment.Charge, succeeded: Bool, retry: Int64 = 0, price: Int64? = nil) -> Payment {
        let price = price ?? subscription.plan.price * subscription.quantity
        var payment = payment(price + price / 10, status: succeeded ? "succeeded" : "failed")
        payment.charge = kind
        payment.subscriptionId = subscription.id
        payment.retryAttempt = retry
        if succeeded {
            payment.servicePeriod = (subscription.previousBilling, subscription.nextBilling)
        } else {
            payment.error = book.random.pick([("INSUFFICIENT_FUNDS", "The card has insufficient funds."), ("GENERIC_DECLINE", "The bank declined."),
                                              ("EXPIRED_CARD", "The card has expired.")])
        }
        note(payment)
        return payment
    }

    /// A renewal at its date: the period moves on and two events tell of it, born together.
    @discardableResult mutating func renew(_ subscription: inout Subscription) -> Payment {
        book.wait(until: subscription.nextBilling)
        book.alignToMillisecond()
        advance(&subscription)
        if let change = subscription.scheduledPlan {
            subscription.plan = change.plan
            subscription.scheduledPlan = nil
        }
        let payment = charge(subscription, .renewal, succeeded: true)
        book.send(.paymentSucceeded, payment.handle)
        note(subscription)
        book.send(.subscriptionRenewed, subscription.handle, extra: Self.paidBy(payment))
        return payment
    }

    func advance(_ subscription: inout Subscription) {
        subscription.previousBilling = subscription.nextBilling
        subscription.nextBilling = subscription.nextBilling.adding(months: 1)
    }

    /// A renewal that fails: into grace where there is one, else on hold with the grant revoked and dunning started.
    mutating func failRenewal(_ subscription: inout Subscription, _ grant: inout Grant, graceDays: Double?) -> DunningAttempt? {
        book.wait(until: subscription.nextBilling)
        let payment = charge(subscription, .renewal, succeeded: false)
        book.send(.paymentFailed, payment.handle)
        book.pass(0.2)
        if let graceDays {
            subscription.status = "past_due"
            subscription.pastDueEndsAt = book.now + graceDays * Self.day
            tell(.subscriptionPastDue, subscription)
            return nil
        }
        return hold(&subscription, &grant)
    }

    mutating func hold(_ subscription: inout Subscription, _ grant: inout Grant) -> DunningAttempt {
        let before = subscription.status
        subscription.status = "on_hold"
        subscription.pastDueEndsAt = nil
        tell(.subscriptionOnHold, subscription)
        revoke(&grant, "subscription_on_hold")
        book.pass(0.3)
        var time = JSONWriter(capacity: 32)
        time.time(book.now)
        let attempt = DunningAttempt(
            handle: book.entity(.dunningAttempt, subscription.id, discriminator: String(decoding: time.bytes, as: UTF8.self)),
            subscriptionId: subscription.id, createdAt: book.now, trigger: before == "past_due" ? "past_due" : "on_hold", status: "recovering")
        tell(.dunningStarted, attempt)
        return attempt
    }

    /// The customer mends it: a new card, the money, and everything back to active; grants are issued anew (FACTS 6).
    mutating func recover(_ subscription: inout Subscription, _ grant: inout Grant, _ dunning: DunningAttempt?) {
        book.pass(Self.day * 1.6)
        subscription.paymentMethodId = book.id("pm")
        tell(.subscriptionUpdatePaymentMethod, subscription)
        book.pass(1.5)
        advance(&subscription)
        let payment = charge(subscription, .renewal, succeeded: true, retry: 1)
        book.send(.paymentSucceeded, payment.handle)
        book.pass(0.05)
        let wasOnHold = subscription.status == "on_hold"
        subscription.status = "active"
        subscription.pastDueEndsAt = nil
        tell(.subscriptionActive, subscription)
        if wasOnHold {
            book.pass(0.7)
            grant = self.grant(.feature, status: "Delivered", subscription: subscription)
            tell(.entitlementGrantCreated, grant)
        }
        if var dunning {
            book.pass(0.6)
            dunning.status = "recovered"
            dunning.paymentId = payment.id
            tell(.dunningRecovered, dunning)
        }
    }

    /// The end, told as `subscription.cancelled`; or, by way of the portal, as `subscription.updated` (FACTS 6, observed).
    mutating func cancel(_ subscription: inout Subscription, _ grant: inout Grant, by actor: String?, told type: EventType = .subscriptionCancelled) {
        subscription.status = "cancelled"
        subscription.cancelledAt = book.now
        subscription.cancelledBy = actor
        subscription.pastDueEndsAt = nil
        if actor == "customer" { subscription.cancellationFeedback = book.random.pick(["too_expensive", "unused", "missing_features"]) }
        tell(type, subscription)
        if grant.status != "Revoked" { revoke(&grant, "subscription_cancelled") }
    }

    mutating func changePlan(_ subscription: inout Subscription, to plan: Catalogue.Product, quantity: Int64? = nil) {
        book.alignToMillisecond()
        subscription.plan = plan
        if let quantity { subscription.quantity = quantity }
        let payment = charge(subscription, .planChange, succeeded: true)
        note(subscription)
        book.send(.subscriptionPlanChanged, subscription.handle)
        book.send(.paymentSucceeded, payment.handle)
    }
}
