package import Events

/// What was bought with one payment.
package struct Order: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Paid, but what was bought is not known yet: the subscription's own events are still to come. Nobody is told of it.
        case received
        case fulfilled
        case partiallyRefunded = "partially_refunded"
        case refunded
        /// Disputed and undecided.
        case disputed
        /// A dispute is lost.
        case chargedBack = "charged_back"
        /// The payment is not succeeded any more.
        case reversed
    }

    /// One product of an order.
    package struct Line: Sendable, Equatable {
        package var productId: String
        package var quantity: Int64
        package var subscriptionId: String?
        package var startsAt: Timestamp?
        package var endsAt: Timestamp?

        package init(productId: String, quantity: Int64, subscriptionId: String? = nil, startsAt: Timestamp? = nil, endsAt: Timestamp? = nil) {
            self.productId = productId
            self.quantity = quantity
            self.subscriptionId = subscriptionId
            self.startsAt = startsAt
            self.endsAt = endsAt
        }
    }

    package var paymentId: String
    /// The subject it is concluded under, which is the key of its events.
    package var home: String
    package var state: State
    package var businessId: String?
    package var customerId: String?
    package var checkoutSessionId: String?
    package var chargeType: String?
    package var currency: String?
    /// Minor units of `currency`.
    package var totalAmount: Int64?
    /// Minor units of `currency`; refunds in another currency are not in it.
    package var refundedAmount: Int64
    package var paidAt: Timestamp
    package var lines: [Line]
}
