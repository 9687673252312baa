/// Which field becomes the Kafka key, so that what belongs to one subscription, or one payment, stays in one lane (DESIGN §6).
package enum EntityKey {
    /// The candidate fields in order of preference; the first that is a text and not empty wins, the webhook-id stands in when none is.
    package static let paths = [
        "data.subscription_id", "data.payment_id",
        "data.refund_id", "data.dispute_id", "data.payout_id", "data.id",
        "data.customer_id", "data.customer.customer_id",
    ]
    /// A longer text is no id of anything; it would only make the key heavy.
    package static let maxBytes = 256
}
