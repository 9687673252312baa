import Events

/// The access that a subscription gives to its present product (FACTS 6, row by row). Pure.
enum SubscriptionAccess {
    /// - Parameter payments: those that were ever paid for it.
    static func access(
        by subscription: SubscriptionFact, payments: [PaymentFact], under product: Catalogue.Product, at now: Timestamp
    ) -> Access {
        let access = byStatus(subscription, product, now)
        guard access.state != .revoked else { return access }
        if let reason = lostMoney(payments, product) { return Access(.revoked, reason) }
        // An open dispute takes nothing that the status has not taken already; the deadlines stay.
        if access.state == .active, product.onDispute == .suspend, payments.contains(where: { $0.disputes.contains(where: \.isOpen) }) {
            return Access(.suspended, .disputed, until: access.validUntil, deadline: access.deadline)
        }
        return access
    }

    /// What the status and the dates say. A status that nobody knows takes nothing away: the dates do.
    private static func byStatus(_ subscription: SubscriptionFact, _ product: Catalogue.Product, _ now: Timestamp) -> Access {
        switch subscription.status {
        case "cancelled": Access(.revoked, .cancelled, until: subscription.cancelledAt)
        case "expired": Access(.revoked, .expired, until: subscription.expiresAt)
        case "failed": Access(.revoked, .failed)
        case "paused": Access(.suspended, .paused)
        case "on_hold": onHold(subscription, product, now)
        case "past_due": pastDue(subscription, product, now)
        default: running(subscription, product, now)
        }
    }

    private static func running(_ subscription: SubscriptionFact, _ product: Catalogue.Product, _ now: Timestamp) -> Access {
        // A charge on demand has no date; only the term ends.
        let next = subscription.isOnDemand ? nil : subscription.nextBilling
        let leaves = subscription.cancelsAtNextBilling
        // What ends for good, and what may only be late: a renewal whose news is still under way.
        let end = [subscription.expiresAt, leaves ? subscription.nextBilling : nil].compactMap(\.self).min()
        let late = next.map { $0.adding(hours: product.graceHours) }
        let until = [end, late].compactMap(\.self).min()
        if let end, end <= now { return Access(.revoked, leaves ? .periodEnded : .expired, until: end) }
        if let late, late <= now { return Access(.suspended, .overdue, until: until, deadline: end) }
        return Access(.active, leaves ? .cancelsAtPeriodEnd : .subscribed, until: until, deadline: until)
    }

    private static func pastDue(_ subscription: SubscriptionFact, _ product: Catalogue.Product, _ now: Timestamp) -> Access {
        // The end of grace is on every event sent within it; a body without it has the catalogue's grace.
        let until = subscription.pastDueEndsAt ?? (subscription.nextBilling ?? subscription.eventAt).adding(hours: product.graceHours)
        if until <= now {
            // Dodo puts it on hold or cancels it now; should that never be heard, it ends as a hold does.
            let end = until.adding(days: product.onHoldDays)
            return end <= now ? Access(.revoked, .holdAbandoned, until: until) : Access(.suspended, .graceEnded, until: until, deadline: end)
        }
        return Access(.active, .pastDue, until: until, deadline: until)
    }

    /// Nothing more may ever come (FACTS 6: no terminal event), so the hold has an end of its own.
    private static func onHold(_ subscription: SubscriptionFact, _ product: Catalogue.Product, _ now: Timestamp) -> Access {
        let end = subscription.eventAt.adding(days: product.onHoldDays)
        return end <= now ? Access(.revoked, .holdAbandoned) : Access(.suspended, .onHold, deadline: end)
    }

    /// A lost dispute, and where the catalogue says so a full refund, takes access until the subscription is paid for again.
    private static func lostMoney(_ payments: [PaymentFact], _ product: Catalogue.Product) -> Entitlement.Reason? {
        var lost: (at: Timestamp, reason: Entitlement.Reason)?
        func note(_ at: Timestamp, _ reason: Entitlement.Reason) { if lost.map({ $0.at < at }) ?? true { lost = (at, reason) } }
        for payment in payments where payment.isOrder {
            if product.onDispute == .suspend {
                for dispute in payment.disputes where dispute.isLost { note(dispute.eventAt, .disputeLost) }
            }
            if product.onSubscriptionRefund == .revoke, OrderRules.isFullyRefunded(payment) {
                note(payment.refunds.filter(\.hasSucceeded).map(\.eventAt).max() ?? payment.paidAt ?? Timestamp(microseconds: 0), .refunded)
            }
        }
        guard let lost else { return nil }
        let isPaidAgain = payments.contains { payment in
            payment.isOrder && !OrderRules.isReversed(payment) && !payment.disputes.contains(where: \.isLost) && !OrderRules.isFullyRefunded(payment)
                && (payment.paidAt.map { $0 > lost.at } ?? false)
        }
        return isPaidAgain ? nil : lost.reason
    }
}

extension Timestamp {
    func adding(hours: Int64) -> Timestamp { Timestamp(microseconds: microseconds.addingReportingOverflow(hours * 3_600_000_000).partialValue) }
    func adding(days: Int64) -> Timestamp { adding(hours: days * 24) }
}
