package import Events

/// What is known of a payment, at its newest state, with what hangs on it (FACTS 5.2).
package struct PaymentFact: Sendable, Equatable {
    /// One line of a cart: how many of a product.
    package struct CartLine: Sendable, Equatable {
        package var productId: String
        package var quantity: Int64

        package init(productId: String, quantity: Int64) {
            self.productId = productId
            self.quantity = quantity
        }
    }

    /// The time that the money buys for one subscription.
    package struct ServicePeriod: Sendable, Equatable {
        package var subscriptionId: String
        package var startsAt: Timestamp
        package var endsAt: Timestamp?

        package init(subscriptionId: String, startsAt: Timestamp, endsAt: Timestamp?) {
            self.subscriptionId = subscriptionId
            self.startsAt = startsAt
            self.endsAt = endsAt
        }
    }

    package var id: String
    package var businessId: String?
    package var customerId: String?
    package var checkoutSessionId: String?
    /// As Dodo has it; an unknown word is kept.
    package var status: String?
    package var chargeType: String?
    package var currency: String?
    /// Minor units of `currency`.
    package var totalAmount: Int64?
    package var refundStatus: String?
    /// A zero or set-up charge that replaces a stored method: no order.
    package var updatesMethod = false
    package var subscriptionIds: [String] = []
    package var cart: [CartLine] = []
    package var servicePeriods: [ServicePeriod] = []
    /// The earliest event that showed it as succeeded; nil while none has. It never turns back, so an order that was ever made stays one.
    package var paidAt: Timestamp?
    package var refunds: [RefundFact] = []
    package var disputes: [DisputeFact] = []

    package init(id: String) { self.id = id }

    /// The subject under which its order is concluded: its subscription, or itself where it has none or several.
    package var home: String { subscriptionIds.count == 1 ? subscriptionIds[0] : id }

    /// Whether it is an order: it was ever paid, and for something.
    package var isOrder: Bool { paidAt != nil && !updatesMethod }
}

/// What is known of a refund (FACTS 5.4).
package struct RefundFact: Sendable, Equatable {
    package var status: String?
    package var isPartial: Bool?
    /// Minor units of `currency`.
    package var amount: Int64?
    package var currency: String?
    /// When the newest event about it happened.
    package var eventAt: Timestamp

    package init(status: String?, isPartial: Bool?, amount: Int64?, currency: String?, eventAt: Timestamp) {
        self.status = status
        self.isPartial = isPartial
        self.amount = amount
        self.currency = currency
        self.eventAt = eventAt
    }

    var hasSucceeded: Bool { status == "succeeded" }
}

/// What is known of a dispute (FACTS 5.5).
package struct DisputeFact: Sendable, Equatable {
    package var status: String?
    /// When the newest event about it happened.
    package var eventAt: Timestamp

    package init(status: String?, eventAt: Timestamp) {
        self.status = status
        self.eventAt = eventAt
    }

    /// Undecided: the money is held back.
    var isOpen: Bool { status == "dispute_opened" || status == "dispute_challenged" }

    /// The money is gone. A window for answering that has passed is as good as lost.
    var isLost: Bool { status == "dispute_lost" || status == "dispute_accepted" || status == "dispute_expired" }
}
