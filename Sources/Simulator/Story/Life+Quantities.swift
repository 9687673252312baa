import Events

/// The chapters in which it matters how many were bought.
extension Life {
    mutating func severalBought() {
        var payment = oneTimePurchase([(Catalogue.desktopLicence, book.random.within(2...4)), (Catalogue.iconBundle, book.random.within(1...3))])
        book.pass(Self.day * 6)
        if book.random.chance(0.6) { refund(&payment, payment.total / 4) }
    }

    mutating func seatsChanged() {
        let seats = book.random.within(2...5)
        var (subscription, _, grant) = subscribe(Catalogue.plans[1], quantity: seats)
        book.pass(Self.day * 6)
        changePlan(&subscription, to: Catalogue.plans[1], quantity: seats + book.random.within(1...3))
        renew(&subscription)
        book.pass(Self.day * 2)
        subscription.quantity = seats - 1
        tell(.subscriptionUpdated, subscription)
        renew(&subscription)
        book.pass(Self.day * 3)
        changePlan(&subscription, to: Catalogue.plans[2])
        renew(&subscription)
        book.pass(Self.day * 9)
        cancel(&subscription, &grant, by: "customer")
    }

    mutating func chargedBackThenPaid() {
        var (subscription, _, _) = subscribe(book.random.pick(Catalogue.plans), quantity: book.random.within(1...3))
        var charged = renew(&subscription)
        dispute(&charged, [(.disputeChallenged, "dispute_challenged"), (.disputeLost, "dispute_lost")])
        var paid = renew(&subscription)
        book.pass(Self.day * 4)
        refund(&paid, paid.total)
        renew(&subscription)
    }
}
