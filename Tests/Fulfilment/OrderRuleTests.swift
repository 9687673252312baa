import Events
import Fulfilment
import Testing

/// What becomes of one order.
@Suite("an order") struct OrderRuleTests {
    static let states: [(String, SubjectFacts, Order.State)] = [
        ("paid", .purchase(), .fulfilled),
        ("partly refunded", .purchase { $0.refund(900, partial: true, at: 2) }, .partiallyRefunded),
        ("refunded", .purchase { $0.refund(4900, partial: false, at: 2) }, .refunded),
        ("refunded by Dodo's own word", .purchase { $0.refundStatus = "full" }, .refunded),
        ("disputed", .purchase { $0.dispute("opened", at: 2) }, .disputed),
        ("disputed although partly refunded", .purchase { $0.refund(900, partial: true, at: 1); $0.dispute("opened", at: 2) }, .disputed),
        ("dispute won", .purchase { $0.dispute("won", at: 2) }, .fulfilled),
        ("dispute lost", .purchase { $0.dispute("lost", at: 2) }, .chargedBack),
        ("one dispute withdrawn, another lost", .purchase { $0.dispute("cancelled", at: 2); $0.dispute("lost", at: 3) }, .chargedBack),
        ("failed after all", .purchase { $0.status = "failed" }, .reversed),
        ("nothing known of what was bought", .purchase { $0.cart = [] }, .received),
        ("a full discount", .purchase { $0.totalAmount = 0 }, .fulfilled),
    ]

    @Test(arguments: states)
    func `is`(situation: String, facts: SubjectFacts, state: Order.State) {
        #expect(Conclusion(of: facts, under: testCatalogue(), at: day(5)).orders.map(\.state) == [state], "\(situation)")
    }

    @Test func `is none for what was never paid, or only replaced a card`() {
        #expect(Conclusion(of: .purchase { $0.paidAt = nil; $0.status = "processing" }, under: testCatalogue(), at: day(1)) .orders.isEmpty)
        let card = Conclusion(of: .purchase { $0.updatesMethod = true; $0.totalAmount = 0 }, under: testCatalogue(), at: day(1))
        #expect(card.orders.isEmpty && card.entitlements.isEmpty)
    }

    @Test func `of a subscription takes its product from the subscription`() {
        var facts = SubjectFacts.subscription { $0.quantity = 3 }
        #expect(Conclusion(of: facts, under: testCatalogue(), at: day(1)).orders.map(\.lines) == [
            [Order.Line(productId: solo, quantity: 3, subscriptionId: "sub_1", startsAt: day(0), endsAt: day(30))]
        ])
        facts.terms = [:]
        facts.subscription = nil
        #expect(Conclusion(of: facts, under: testCatalogue(), at: day(1)).orders.map(\.state) == [.received])
    }

    @Test func `that several subscriptions share is concluded once, under the payment, with a line for each`() {
        let payment = PaymentFact.forSubscription("pay_1", from: 0) {
            $0.subscriptionIds = ["sub_1", "sub_2"]
            $0.servicePeriods.append(.init(subscriptionId: "sub_2", startsAt: day(0), endsAt: day(365)))
        }
        var shared = SubjectFacts(id: "pay_1", kind: .payment)
        shared.payments = [payment]
        var other = TermFact.term(team, from: 0)
        other.subscriptionId = "sub_2"
        shared.terms = ["sub_1": [.term(solo, from: 0)], "sub_2": [other]]
        let conclusion = Conclusion(of: shared, under: testCatalogue(), at: day(1))
        #expect(conclusion.orders.map { $0.lines.map(\.productId) } == [[solo, team]])
        #expect(conclusion.entitlements.isEmpty)
        var subscription = SubjectFacts.subscription()
        subscription.payments = [payment]
        let own = Conclusion(of: subscription, under: testCatalogue(), at: day(1))
        #expect(own.orders.isEmpty)
        #expect(own.entitlements.map(\.state) == [.active])
    }
}
