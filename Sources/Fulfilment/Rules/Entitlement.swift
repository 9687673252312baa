package import Events

/// Who may use what, until when: one for each source and product.
package struct Entitlement: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case active, suspended, revoked }

    /// Why it is in its state; a short word, for events and for people.
    package enum Reason: String, Sendable, CaseIterable {
        case paid, subscribed, pastDue = "past-due", cancelsAtPeriodEnd = "cancels-at-period-end"
        case onHold = "on-hold", paused, disputed, graceEnded = "grace-ended", overdue
        case partiallyRefunded = "partially-refunded", refunded, disputeLost = "dispute-lost", paymentReversed = "payment-reversed"
        case cancelled, expired, failed, periodEnded = "period-ended", holdAbandoned = "hold-abandoned", planChanged = "plan-changed"
        /// The catalogue grants nothing for the product any more, or the source has become another.
        case withdrawn
    }

    package var state: State
    package var reason: Reason
    package var businessId: String?
    package var customerId: String?
    package var sourceKind: SubjectFacts.Kind
    package var sourceId: String
    package var orderId: String?
    package var productId: String
    package var quantity: Int64
    /// A JSON array of names, in the catalogue's order.
    package var features: String
    /// A JSON object as the events carry it.
    package var licencePolicy: String?
    package var validFrom: Timestamp
    /// When access ends if nothing more is heard; nil when it does not end by itself.
    package var validUntil: Timestamp?

    package var id: String { "\(sourceId)/\(productId)" }
}

/// A billing period that was paid or granted: counted once.
package struct Period: Sendable, Equatable {
    package var subscriptionId: String
    package var startsAt: Timestamp
    package var endsAt: Timestamp?
    package var productId: String?
    package var quantity: Int64?
    /// Nil for a trial, and until the payment is known.
    package var paymentId: String?
}

/// What access comes to, and until when that answer holds.
struct Access: Equatable {
    var state: Entitlement.State
    var reason: Entitlement.Reason
    /// What the entitlement says; nil when it does not end by itself.
    var validUntil: Timestamp?
    /// When time alone changes the answer; nil when it never does.
    var deadline: Timestamp?

    init(_ state: Entitlement.State, _ reason: Entitlement.Reason, until: Timestamp? = nil, deadline: Timestamp? = nil) {
        self.state = state
        self.reason = reason
        validUntil = until
        self.deadline = deadline
    }
}
