package import Events

/// What is known of a subscription, at its newest state (FACTS 5.3).
package struct SubscriptionFact: Sendable, Equatable {
    package var id: String
    package var businessId: String?
    package var customerId: String?
    package var productId: String?
    package var quantity: Int64?
    /// As Dodo has it; an unknown word is kept.
    package var status: String?
    package var isOnDemand = false
    package var cancelsAtNextBilling = false
    package var createdAt: Timestamp?
    package var previousBilling: Timestamp?
    package var nextBilling: Timestamp?
    package var cancelledAt: Timestamp?
    package var pastDueEndsAt: Timestamp?
    package var expiresAt: Timestamp?
    /// When the newest event about it happened.
    package var eventAt: Timestamp

    package init(id: String, eventAt: Timestamp) {
        self.id = id
        self.eventAt = eventAt
    }
}

/// What a subscription was for in one billing period, as far as events told of it. One period has several when the plan changed within it.
package struct TermFact: Sendable, Equatable {
    package var subscriptionId: String
    package var productId: String
    package var startsAt: Timestamp
    package var endsAt: Timestamp?
    package var quantity: Int64?
    /// The earliest event that told of it.
    package var firstAt: Timestamp
    /// Whether any event showed the subscription active or past due in it.
    package var isEntitling: Bool

    package init(subscriptionId: String, productId: String, startsAt: Timestamp, endsAt: Timestamp?, quantity: Int64?, firstAt: Timestamp, isEntitling: Bool) {
        self.subscriptionId = subscriptionId
        self.productId = productId
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.quantity = quantity
        self.firstAt = firstAt
        self.isEntitling = isEntitling
    }
}
