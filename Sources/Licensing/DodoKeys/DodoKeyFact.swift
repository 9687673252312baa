import Events

/// What one event says of one of Dodo's keys, or of a grant that gives one. Texts are lent, as the event is.
struct DodoKeyFact {
    /// Whether the event came as a grant, and which.
    struct Grant {
        var id: UnsafeRawBufferPointer
        /// `Pending`, `Delivered`, `Failed`, `Revoked`, or a word that came later.
        var status: UnsafeRawBufferPointer?
    }

    /// The key itself; nil in a grant that does not carry it, and then only how the grant stands is known.
    struct Key {
        /// The same wherever Dodo names the key: `id` of license_key.created, `license_key.id` of a grant.
        var id: UnsafeRawBufferPointer
        /// The key as people type it. Hashed, never kept.
        var text: UnsafeRawBufferPointer
        var status: UnsafeRawBufferPointer?
        var activationsLimit: Int64?
        var activationsUsed: Int64?
        var expiresAt: Timestamp?
    }

    var version: StateVersion
    var grant: Grant?
    var key: Key?
    var customerId: UnsafeRawBufferPointer?
    var paymentId: UnsafeRawBufferPointer?
    var subscriptionId: UnsafeRawBufferPointer?
    /// Only license_key.created says the following.
    var productId: UnsafeRawBufferPointer?
    var source: UnsafeRawBufferPointer?
    var createdAt: Timestamp?
}
