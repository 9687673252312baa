package import Events

/// All that is known of one subject: of a subscription with all that was paid for it, or of a payment that is no single subscription's.
package struct SubjectFacts: Sendable {
    package enum Kind: String, Sendable { case payment, subscription }

    package var id: String
    package var kind: Kind
    /// A subscription: the earliest event that showed it begun, which is anything but `pending` and `failed`; nil while none has.
    package var since: Timestamp?
    /// Nil for a payment, and while only payments have told of the subscription.
    package var subscription: SubscriptionFact?
    /// Its payments that were ever paid; for a payment, itself.
    package var payments: [PaymentFact] = []
    /// The terms of every subscription that these payments are for, by its id.
    package var terms: [String: [TermFact]] = [:]

    package init(id: String, kind: Kind) {
        self.id = id
        self.kind = kind
    }
}
