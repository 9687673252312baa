import Events

/// The chapters, told in the steps of the other files.
extension Life {
    mutating func live(_ chapter: Chapter) {
        book.pass(Self.hour)
        switch chapter {
        case .licenceRefunded: licenceRefunded()
        case .disputeWon: disputed([(.disputeChallenged, "dispute_challenged"), (.disputeWon, "dispute_won")], method: "sepa")
        case .disputeAccepted: disputed([(.disputeAccepted, "dispute_accepted")])
        case .disputeCancelled: disputed([(.disputeChallenged, "dispute_challenged"), (.disputeCancelled, "dispute_cancelled")])
        case .disputeExpired: disputed([(.disputeExpired, "dispute_expired")])
        case .disputeLost: disputed([(.disputeLost, "dispute_lost")], rapid: true)
        case .renewedThenCancelled: renewedThenCancelled()
        case .heldThenRecovered: heldThenRecovered()
        case .pastDue: pastDue()
        case .pausedAndChanged: pausedAndChanged()
        case .credits: credits()
        case .neverStarted: neverStarted()
        case .walkedAway: walkedAway()
        case .refundFailed: refundFailed()
        case .payouts: payouts()
        case .expired: expired()
        case .leftOnHold: leftOnHold()
        case .triedThenCancelled: triedThenCancelled()
        case .severalBought: severalBought()
        case .seatsChanged: seatsChanged()
        case .chargedBackThenPaid: chargedBackThenPaid()
        }
    }

    private mutating func licenceRefunded() {
        var payment = oneTimePurchase(Catalogue.desktopLicence)
        book.pass(0.4)
        let id = book.id("lic"), person = book.person
        let licence = LicenceKey(id: id, handle: book.entity(.licenseKey, id), key: Identifier.licenceKey(&book.random), createdAt: book.now,
                                 paymentId: payment.id, productId: Catalogue.desktopLicence.id)
        book.become(licence.handle, licence.status) { licence.write(to: &$0, of: person) }
        book.send(.licenseKeyCreated, licence.handle)
        var grant = grant(.licence, status: "Delivered", payment: payment)
        grant.licence = licence
        tell(.entitlementGrantCreated, grant)
        book.pass(Self.day * 3)
        refund(&payment, payment.total / 3)
        book.pass(Self.day)
        refund(&payment, payment.total - payment.total / 3)
        revoke(&grant, "refund")
    }

    private mutating func disputed(_ states: [(EventType, String)], method: String = "card", rapid: Bool = false) {
        var payment = oneTimePurchase(Catalogue.iconBundle, method: method)
        book.pass(0.4)
        var grant = grant(.files, status: "Pending", payment: payment)
        tell(.entitlementGrantCreated, grant)
        book.pass(4)
        grant.status = "Delivered"
        grant.updatedAt = book.now
        grant.deliveredAt = book.now
        tell(.entitlementGrantDelivered, grant)
        payment.delivered = true
        note(payment)
        dispute(&payment, states, rapid: rapid)
    }

    private mutating func renewedThenCancelled() {
        var (subscription, _, grant) = subscribe(book.random.pick(Catalogue.plans))
        for _ in 0..<book.random.within(2...4) { renew(&subscription) }
        book.pass(Self.day * 5)
        cancel(&subscription, &grant, by: "merchant_user")
    }

    private mutating func heldThenRecovered() {
        var (subscription, _, grant) = subscribe(book.random.pick(Catalogue.plans))
        renew(&subscription)
        let dunning = failRenewal(&subscription, &grant, graceDays: nil)
        recover(&subscription, &grant, dunning)
        book.pass(Self.day * 6)
        subscription.cancelAtNextBilling = true
        subscription.cancelledBy = "customer"
        tell(.subscriptionUpdated, subscription)
        book.wait(until: subscription.nextBilling)
        cancel(&subscription, &grant, by: "customer")
    }

    private mutating func pastDue() {
        var (subscription, _, grant) = subscribe(book.random.pick(Catalogue.plans))
        var dunning = failRenewal(&subscription, &grant, graceDays: 3)
        recover(&subscription, &grant, dunning)
        dunning = failRenewal(&subscription, &grant, graceDays: 3)
        book.pass(Self.day)
        let retry = charge(subscription, .renewal, succeeded: false, retry: 1)
        book.send(.paymentFailed, retry.handle)
        if let end = subscription.pastDueEndsAt { book.wait(until: end) }
        if book.random.chance(0.5) {
            dunning = hold(&subscription, &grant)
            recover(&subscription, &grant, dunning)
        } else {
            cancel(&subscription, &grant, by: nil)
        }
    }

    private mutating func pausedAndChanged() {
        var (subscription, _, grant) = subscribe(Catalogue.plans[0])
        book.pass(Self.day * 4)
        let pausedAt = book.now
        subscription.status = "paused"
        subscription.pausedAt = pausedAt
        tell(.subscriptionPaused, subscription)
        revoke(&grant, "SubscriptionPaused")
        book.pass(Self.day * 12)
        // Both dates move by the length of the pause (FACTS 6).
        let pause = book.now.microseconds - pausedAt.microseconds
        subscription.status = "active"
        subscription.pausedAt = nil
        subscription.nextBilling.microseconds += pause
        subscription.expiresAt.microseconds += pause
        tell(.subscriptionUnpaused, subscription)
        book.pass(0.4)
        grant = self.grant(.feature, status: "Delivered", subscription: subscription)
        tell(.entitlementGrantCreated, grant)
        book.pass(Self.day * 2)
        changePlan(&subscription, to: Catalogue.plans[1])
        renew(&subscription)
        book.pass(Self.day * 3)
        cancel(&subscription, &grant, by: "customer", told: .subscriptionUpdated)
    }

    private mutating func credits() {
        var (subscription, _, _) = subscribe(Catalogue.plans[2], credits: 1000)
        liveOnCredits(&subscription)
    }

    private mutating func neverStarted() {
        let id = book.id("sub")
        let plan = Catalogue.plans[1], created = book.now
        var subscription = Subscription(id: id, handle: book.entity(.subscription, id), createdAt: created, status: "failed", plan: plan,
                                        previousBilling: created, nextBilling: created.adding(months: 1), expiresAt: created.adding(months: 12))
        subscription.hasPaymentMethod = false
        let failed = charge(subscription, .new, succeeded: false)
        book.pass(20)
        book.send(.paymentFailed, failed.handle)
        tell(.subscriptionFailed, subscription)
        book.pass(Self.hour)
        var checkout = AbandonedCheckout(paymentId: failed.id, handle: book.entity(.abandonedCheckout, failed.id), abandonedAt: book.now,
                                         reason: "payment_failed", status: "abandoned")
        book.pass(0.3)
        tell(.abandonedCheckoutDetected, checkout)
        book.pass(Self.hour * 20)
        let (_, payment, _) = subscribe(plan)
        book.pass(2)
        checkout.status = "recovered"
        checkout.recoveredPaymentId = payment.id
        tell(.abandonedCheckoutRecovered, checkout)
    }

    private mutating func walkedAway() {
        var payment = payment(Catalogue.iconBundle.price, status: "cancelled")
        payment.cart = [(Catalogue.iconBundle, 1)]
        payment.checkoutSessionId = book.id("cks")
        payment.method = nil
        book.pass(Self.hour / 4)
        tell(.paymentCancelled, payment)
        book.pass(Self.hour)
        let checkout = AbandonedCheckout(paymentId: payment.id, handle: book.entity(.abandonedCheckout, payment.id), abandonedAt: book.now,
                                         reason: "checkout_incomplete", status: "abandoned")
        book.pass(0.3)
        tell(.abandonedCheckoutDetected, checkout)
    }

    private mutating func refundFailed() {
        var payment = oneTimePurchase(Catalogue.desktopLicence)
        book.pass(Self.day * 2)
        refund(&payment, payment.total, succeeds: false)
        book.pass(Self.day)
        refund(&payment, payment.total)
    }

    private mutating func payouts() {
        let id = book.id("pyt")
        var payout = Payout(id: id, handle: book.entity(.payout, id), amount: book.random.within(10_000...900_000), createdAt: book.now,
                            status: "not_initiated", updatedAt: book.now)
        tell(.payoutCreated, payout)
        // A payout may fail after its success, when the bank returns the money (FACTS 5.8).
        let ways: [[(EventType, String)]] = [
            [(.payoutInProgress, "in_progress"), (.payoutSuccess, "success")],
            [(.payoutInProgress, "in_progress"), (.payoutSuccess, "success"), (.payoutFailed, "failed")],
            [(.payoutInProgress, "in_progress"), (.payoutFailed, "failed"), (.payoutInProgress, "in_progress"), (.payoutSuccess, "success")],
        ]
        let way = book.random.pick(ways)
        for (type, status) in [(.payoutOnHold, "on_hold")] + way {
            book.pass(Self.hour * 9)
            payout.status = status
            payout.updatedAt = book.now
            payout.remarks = status == "failed" ? "Returned by the bank" : nil
            tell(type, payout)
        }
        if payout.status == "success", way.contains(where: { $0.0 == .payoutFailed }), book.random.chance(0.5) { return }
        book.pass(Self.day * 20)
        let second = book.id("pyt")
        payout = Payout(id: second, handle: book.entity(.payout, second), amount: 184_350, createdAt: book.now, status: "not_initiated", updatedAt: book.now)
        tell(.payoutCreated, payout)
        for (type, status) in [(EventType.payoutInProgress, "in_progress"), (.payoutFailed, "failed")] {
            book.pass(Self.hour * 9)
            payout.status = status
            payout.updatedAt = book.now
            tell(type, payout)
        }
    }

    private mutating func expired() {
        var (subscription, _, grant) = subscribe(Catalogue.plans[0])
        var discord = self.grant(.discord, status: "Pending", subscription: subscription)
        tell(.entitlementGrantCreated, discord)
        book.pass(300)
        discord.status = "Failed"
        discord.updatedAt = book.now
        tell(.entitlementGrantFailed, discord)
        renew(&subscription)
        subscription.expiresAt = subscription.nextBilling
        book.pass(10)
        tell(.subscriptionUpdated, subscription)
        book.wait(until: subscription.expiresAt)
        subscription.status = "expired"
        tell(.subscriptionExpired, subscription)
        revoke(&grant, "subscription_expired")
    }

    private mutating func leftOnHold() {
        var (subscription, _, grant) = subscribe(Catalogue.plans[1])
        book.pass(Self.day * 3)
        subscription.scheduledPlan = (book.id("sch"), Catalogue.plans[2], book.now)
        tell(.subscriptionUpdated, subscription)
        renew(&subscription)
        book.pass(Self.day)
        subscription.paymentMethodId = book.id("pm")
        tell(.subscriptionUpdatePaymentMethod, subscription)
        _ = failRenewal(&subscription, &grant, graceDays: nil)
        // No terminal event ever comes (FACTS 6): a receiver needs its own deadline.
    }

    private mutating func triedThenCancelled() {
        var (subscription, grant) = tryOut(Catalogue.plans[1], days: 14)
        renew(&subscription)
        book.pass(Self.day * 8)
        subscription.cancelAtNextBilling = true
        subscription.cancelledBy = "customer"
        tell(.subscriptionUpdated, subscription)
        book.wait(until: subscription.nextBilling)
        cancel(&subscription, &grant, by: "customer")
    }
}
