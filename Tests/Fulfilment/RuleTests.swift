import Events
import Fulfilment
import Testing

/// FACTS 6, row by row: what is known, what time it is, and what access it comes to.
@Suite("the rules of access") struct RuleTests {
    /// What one row says of `sub_1`'s or `pay_1`'s access.
    struct Row: Sendable, CustomTestStringConvertible {
        let situation: String
        let facts: SubjectFacts
        let at: Double
        let state: Entitlement.State
        let reason: Entitlement.Reason
        /// Days.
        var until: Double?
        var deadline: Double?
        var catalogue = testCatalogue()
        var testDescription: String { situation }

        init(
            _ situation: String, _ facts: SubjectFacts, at: Double, _ state: Entitlement.State, _ reason: Entitlement.Reason, until: Double? = nil,
            deadline: Double? = nil, catalogue: Catalogue = testCatalogue()
        ) {
            self.situation = situation
            self.facts = facts
            self.at = at
            self.state = state
            self.reason = reason
            self.until = until
            self.deadline = deadline
            self.catalogue = catalogue
        }
    }

    static let subscriptions: [Row] = [
        Row("first purchase, charged now", .subscription(), at: 1, .active, .subscribed, until: 32, deadline: 32),
        Row("free trial, only the subscription told of it", {
            var facts = SubjectFacts.subscription { $0.nextBilling = day(14) }
            facts.payments = []
            return facts
        }(), at: 1, .active, .subscribed, until: 16, deadline: 16),
        Row("free trial with a payment of nothing", {
            var facts = SubjectFacts.subscription { $0.nextBilling = day(14) }
            facts.payments[0].totalAmount = 0
            facts.payments[0].servicePeriods = []
            return facts
        }(), at: 1, .active, .subscribed, until: 16, deadline: 16),
        Row("renewal paid extends", .subscription { $0.previousBilling = day(30); $0.nextBilling = day(60) }, at: 31, .active, .subscribed, until: 62, deadline: 62),
        Row("renewal not heard of yet keeps through the catalogue's grace", .subscription(), at: 31.9, .active, .subscribed, until: 32, deadline: 32),
        Row("renewal not heard of suspends behind it", .subscription(), at: 32, .suspended, .overdue, until: 32, deadline: 365),
        Row("charged on demand has no date", .subscription { $0.isOnDemand = true }, at: 100, .active, .subscribed, until: 365, deadline: 365),
        Row("past due keeps until grace ends", .subscription("past_due") { $0.pastDueEndsAt = day(33) }, at: 32.9, .active, .pastDue, until: 33, deadline: 33),
        Row("grace that has ended suspends", .subscription("past_due") { $0.pastDueEndsAt = day(33) }, at: 33, .suspended, .graceEnded, until: 33, deadline: 63),
        Row("grace that ended long ago revokes", .subscription("past_due") { $0.pastDueEndsAt = day(33) }, at: 63, .revoked, .holdAbandoned, until: 33),
        Row("past due without an end has the catalogue's grace", .subscription("past_due"), at: 31, .active, .pastDue, until: 32, deadline: 32),
        Row("on hold suspends", .subscription("on_hold") { $0.eventAt = day(30) }, at: 31, .suspended, .onHold, deadline: 60),
        Row("a hold that never ends revokes", .subscription("on_hold") { $0.eventAt = day(30) }, at: 60, .revoked, .holdAbandoned),
        Row("paid after a hold restores", .subscription { $0.previousBilling = day(30); $0.nextBilling = day(60); $0.eventAt = day(32) }, at: 33, .active, .subscribed,
            until: 62, deadline: 62),
        Row("pause suspends", .subscription("paused"), at: 5, .suspended, .paused),
        Row("resumed, with its dates moved", .subscription { $0.nextBilling = day(42) }, at: 17, .active, .subscribed, until: 44, deadline: 44),
        Row("cancelled now revokes", .subscription("cancelled") { $0.cancelledAt = day(5) }, at: 5, .revoked, .cancelled, until: 5),
        Row("cancelled at period end keeps until then, without grace", .subscription { $0.cancelsAtNextBilling = true }, at: 29.9, .active, .cancelsAtPeriodEnd,
            until: 30, deadline: 30),
        Row("and revokes at the date", .subscription { $0.cancelsAtNextBilling = true }, at: 30, .revoked, .periodEnded, until: 30),
        Row("cancelled in the portal is read from the status", .subscription("cancelled"), at: 6, .revoked, .cancelled),
        Row("term over revokes", .subscription("expired") { $0.expiresAt = day(30) }, at: 31, .revoked, .expired, until: 30),
        Row("term over without a word revokes too", .subscription { $0.expiresAt = day(30) }, at: 30, .revoked, .expired, until: 30),
        Row("failed after it had begun revokes", .subscription("failed"), at: 1, .revoked, .failed),
        Row("a status nobody knows takes nothing away", .subscription("resting"), at: 1, .active, .subscribed, until: 32, deadline: 32),
        Row("a refunded payment leaves a subscription to its status", paid { $0.refund(900, partial: false, at: 3) }, at: 4, .active, .subscribed, until: 32, deadline: 32),
        Row("unless the catalogue says otherwise", paid { $0.refund(900, partial: false, at: 3) }, at: 4, .revoked, .refunded,
            catalogue: testCatalogue(subscriptionRefund: .revoke)),
        Row("a refund that failed is none", paid { $0.refund(900, partial: false, at: 3, status: "failed") }, at: 4, .active, .subscribed, until: 32, deadline: 32,
            catalogue: testCatalogue(subscriptionRefund: .revoke)),
        Row("refunded, then paid again", paid(again: 30) { $0.refund(900, partial: false, at: 3) }, at: 31, .active, .subscribed, until: 32, deadline: 32,
            catalogue: testCatalogue(subscriptionRefund: .revoke)),
        Row("dispute opened suspends", paid { $0.dispute("opened", at: 9) }, at: 10, .suspended, .disputed, until: 32, deadline: 32),
        Row("dispute challenged is still open", paid { $0.dispute("challenged", at: 9) }, at: 10, .suspended, .disputed, until: 32, deadline: 32),
        Row("dispute won restores", paid { $0.dispute("won", at: 20) }, at: 21, .active, .subscribed, until: 32, deadline: 32),
        Row("dispute withdrawn restores", paid { $0.dispute("cancelled", at: 20) }, at: 21, .active, .subscribed, until: 32, deadline: 32),
        Row("dispute lost revokes", paid { $0.dispute("lost", at: 20) }, at: 21, .revoked, .disputeLost),
        Row("dispute conceded revokes", paid { $0.dispute("accepted", at: 20) }, at: 21, .revoked, .disputeLost),
        Row("dispute never answered revokes", paid { $0.dispute("expired", at: 20) }, at: 21, .revoked, .disputeLost),
        Row("lost, then paid again", paid(again: 30) { $0.dispute("lost", at: 20) }, at: 31, .active, .subscribed, until: 32, deadline: 32),
        Row("disputes that the catalogue leaves alone", paid { $0.dispute("lost", at: 20) }, at: 21, .active, .subscribed, until: 32, deadline: 32,
            catalogue: testCatalogue(dispute: .keep)),
        Row("a cancelled subscription stays cancelled, whatever was disputed", {
            var facts = SubjectFacts.subscription("cancelled")
            facts.payments[0].dispute("won", at: 3)
            return facts
        }(), at: 4, .revoked, .cancelled),
    ]

    static let purchases: [Row] = [
        Row("bought once", .purchase(), at: 1, .active, .paid),
        Row("bought for a time", .purchase(), at: 1, .active, .paid, until: 365, deadline: 365, catalogue: testCatalogue(validDays: 365)),
        Row("a time that is over", .purchase(), at: 365, .revoked, .expired, until: 365, catalogue: testCatalogue(validDays: 365)),
        Row("full refund revokes", .purchase { $0.refund(4900, partial: false, at: 2) }, at: 3, .revoked, .refunded),
        Row("partial refund keeps", .purchase { $0.refund(900, partial: true, at: 2) }, at: 3, .active, .paid),
        Row("partial refund suspends where the catalogue says so", .purchase { $0.refund(900, partial: true, at: 2) }, at: 3, .suspended, .partiallyRefunded,
            catalogue: testCatalogue(partialRefund: .suspend)),
        Row("partial refund revokes where the catalogue says so", .purchase { $0.refund(900, partial: true, at: 2) }, at: 3, .revoked, .partiallyRefunded,
            catalogue: testCatalogue(partialRefund: .revoke)),
        Row("partial refunds that add up are a full one", .purchase { $0.refund(900, partial: true, at: 2); $0.refund(4000, partial: true, at: 3) }, at: 4, .revoked,
            .refunded),
        Row("refunds in another currency do not add up", .purchase { $0.refund(9000, partial: true, at: 2, currency: "INR") }, at: 4, .active, .paid),
        Row("a refund under way is none", .purchase { $0.refund(4900, partial: false, at: 2, status: "pending") }, at: 3, .active, .paid),
        Row("dispute opened suspends", .purchase { $0.dispute("opened", at: 2) }, at: 3, .suspended, .disputed),
        Row("dispute won restores", .purchase { $0.dispute("won", at: 2) }, at: 3, .active, .paid),
        Row("dispute lost revokes", .purchase { $0.dispute("lost", at: 2) }, at: 3, .revoked, .disputeLost),
        Row("a dispute with a word nobody knows takes nothing away", .purchase { $0.dispute("resting", at: 2) }, at: 3, .active, .paid),
        Row("a payment that failed after all revokes", .purchase { $0.status = "failed" }, at: 3, .revoked, .paymentReversed),
    ]

    private static func paid(again: Double? = nil, _ change: (inout PaymentFact) -> Void) -> SubjectFacts {
        var facts = SubjectFacts.subscription()
        change(&facts.payments[0])
        if let again { facts.payments.append(.forSubscription("pay_2", from: again, charge: "renewal")) }
        return facts
    }

    @Test(arguments: subscriptions + purchases)
    func `hold for`(row: Row) throws {
        let conclusion = Conclusion(of: row.facts, under: row.catalogue, at: day(row.at))
        try #require(conclusion.entitlements.count == 1)
        let found = conclusion.entitlements[0]
        #expect(found.state == row.state)
        #expect(found.reason == row.reason)
        #expect(found.validUntil == row.until.map(day))
        #expect(conclusion.nextDeadline == row.deadline.map(day))
        #expect(found.validFrom == day(0))
        #expect(found.customerId == "cus_1")
    }

    @Test(arguments: subscriptions + purchases)
    func `change at their deadline, and not a microsecond before, for`(row: Row) {
        guard let deadline = row.deadline.map(day) else { return }
        func entitlements(_ at: Timestamp) -> [Entitlement] { Conclusion(of: row.facts, under: row.catalogue, at: at).entitlements }
        let now = entitlements(day(row.at))
        #expect(entitlements(Timestamp(microseconds: deadline.microseconds - 1)) == now)
        #expect(entitlements(deadline) != now)
    }

    @Test func `grant nothing when creation failed or is pending`() {
        for status in ["failed", "pending"] {
            var facts = SubjectFacts.subscription(status)
            facts.since = nil
            facts.payments = []
            #expect(Conclusion(of: facts, under: testCatalogue(), at: day(1)).entitlements.isEmpty)
        }
    }

    @Test func `a plan change grants the new product and revokes the old one`() throws {
        var facts = SubjectFacts.subscription(product: team) { $0.quantity = 4 }
        facts.terms["sub_1"] = [.term(solo, from: 0), .term(team, from: 0, quantity: 4, first: 10)]
        facts.payments.append(.forSubscription("pay_2", from: 0, charge: "plan_change") { $0.paidAt = day(10) })
        let conclusion = Conclusion(of: facts, under: testCatalogue(), at: day(11))
        let byProduct = Dictionary(uniqueKeysWithValues: conclusion.entitlements.map { ($0.productId, $0) })
        #expect(byProduct[solo]?.state == .revoked)
        #expect(byProduct[solo]?.reason == .planChanged)
        #expect(byProduct[solo]?.quantity == 1)
        #expect(byProduct[team]?.state == .active)
        #expect(byProduct[team]?.quantity == 4)
        #expect(byProduct[team]?.features == #"["basic","pro"]"#)
        #expect(byProduct[team]?.validFrom == day(10))
        #expect(conclusion.orders.map { $0.lines.map(\.productId) } == [[solo], [team]])
        #expect(conclusion.periods.count == 1, "the rest of a period is not another one")
    }

    @Test func `quantities and seats are the subscription's, and the sum of a cart's lines`() {
        #expect(Conclusion(of: .subscription { $0.quantity = 25 }, under: testCatalogue(), at: day(1)).entitlements[0].quantity == 25)
        let purchase = SubjectFacts.purchase { $0.cart = [.init(productId: desktop, quantity: 2), .init(productId: desktop, quantity: 3)] }
        let conclusion = Conclusion(of: purchase, under: testCatalogue(), at: day(1))
        #expect(conclusion.entitlements.map(\.quantity) == [5])
        #expect(conclusion.orders[0].lines.map(\.quantity) == [2, 3])
    }

    @Test func `a product that is not listed makes an order and grants what the default says`() {
        let facts = SubjectFacts.purchase { $0.cart = [.init(productId: "pdt_new", quantity: 1)] }
        let nothing = Conclusion(of: facts, under: testCatalogue(), at: day(1))
        #expect(nothing.orders.map(\.state) == [.fulfilled])
        #expect(nothing.entitlements.isEmpty)
        var catalogue = testCatalogue()
        catalogue.standard = Catalogue.Product(productId: "", features: ["guest"])
        #expect(Conclusion(of: facts, under: catalogue, at: day(1)).entitlements.map(\.features) == [#"["guest"]"#])
    }

    @Test func `a period is counted once, by its start, with the payment that bought it`() {
        var facts = SubjectFacts.subscription { $0.previousBilling = day(30); $0.nextBilling = day(60) }
        facts.terms["sub_1"] = [.term(solo, from: 0), .term(solo, from: 30)]
        facts.payments.append(.forSubscription("pay_2", from: 30, charge: "renewal"))
        facts.payments.append(.forSubscription("pay_3", from: 30, charge: "renewal") { $0.servicePeriods = [] })
        let periods = Conclusion(of: facts, under: testCatalogue(), at: day(31)).periods
        #expect(periods.map(\.startsAt) == [day(0), day(30)])
        #expect(periods.map(\.paymentId) == ["pay_1", "pay_2"])
        #expect(periods.map(\.endsAt) == [day(30), day(60)])
    }
}
