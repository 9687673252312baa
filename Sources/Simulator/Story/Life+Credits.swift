import Events

/// A customer's credits over one subscription: a ledger in which every line follows from the one before.
struct CreditLedger {
    let subscriptionId: String
    private(set) var balance: Int64 = 0
    private(set) var overage: Int64 = 0

    /// The next line: how the balance and the overage change by it.
    mutating func line(_ id: String, _ transaction: String, balance change: Int64, overage over: Int64 = 0, at time: StoryTime) -> CreditEntry {
        defer {
            balance += change
            overage += over
        }
        return CreditEntry(id: id, transaction: transaction, isCredit: change > 0, amount: max(abs(change), abs(over)), balanceBefore: balance,
                           balanceAfter: balance + change, overageBefore: overage, overageAfter: overage + over, createdAt: time,
                           subscriptionId: subscriptionId)
    }
}

extension Life {
    mutating func enter(_ type: EventType, _ ledger: inout CreditLedger, _ transaction: String, balance: Int64, overage: Int64 = 0) {
        book.pass(30)
        let id = book.id("cle"), person = book.person
        let entry = ledger.line(id, transaction, balance: balance, overage: overage, at: book.now)
        let handle = book.entity(.creditLedgerEntry, id)
        book.become(handle, transaction) { entry.write(to: &$0, of: person) }
        book.send(type, handle)
    }

    /// Two months of credits: granted, used, low, carried over, overdrawn, billed, corrected, lapsed.
    mutating func liveOnCredits(_ subscription: inout Subscription) {
        var ledger = CreditLedger(subscriptionId: subscription.id)
        enter(.creditAdded, &ledger, "credit_added", balance: 1000)
        for _ in 0..<book.random.within(1...4) {
            book.pass(Self.day)
            enter(.creditDeducted, &ledger, "credit_deducted", balance: -book.random.within(10...60))
        }
        enter(.creditDeducted, &ledger, "credit_deducted", balance: 180 - ledger.balance)
        book.pass(0.05)
        let alert = CreditBalanceLow(balance: ledger.balance, subscriptionId: subscription.id), person = book.person
        let handle = book.entity(.creditBalanceLow, subscription.id, discriminator: Catalogue.creditEntitlementId)
        book.become(handle, nil) { alert.write(to: &$0, of: person) }
        book.send(.creditBalanceLow, handle)

        subscription.credits = 1000 + ledger.balance / 2
        renew(&subscription)
        let kept = ledger.balance / 2
        enter(.creditRolloverForfeited, &ledger, "rollover_forfeited", balance: kept - ledger.balance)
        enter(.creditRolledOver, &ledger, "credit_rolled_over", balance: 0)
        enter(.creditAdded, &ledger, "credit_added", balance: 1000)
        book.pass(Self.day * 8)
        enter(.creditDeducted, &ledger, "credit_deducted", balance: -ledger.balance, overage: 30)
        enter(.creditOverageCharged, &ledger, "overage_charged", balance: 0, overage: -20)
        enter(.creditOverageReset, &ledger, "overage_reset", balance: 0, overage: -ledger.overage)
        enter(.creditManualAdjustment, &ledger, "manual_adjustment", balance: 50)
        book.pass(Self.day * 15)
        enter(.creditExpired, &ledger, "credit_expired", balance: -50)
    }
}
