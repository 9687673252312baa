import Events

/// An entitlement as one event told it: who may use what, and which licences that means. A value.
struct Entitlement: Sendable, Equatable {
    enum State: String, Sendable { case active, suspended, revoked }

    /// What keys a product's licences have.
    struct Policy: Sendable, Equatable {
        enum KeysPer: String, Sendable { case unit, entitlement }

        var keysPer: KeysPer
        /// For each seat; nil = any number.
        var activations: Int64?
        /// How long a token holds; nil = none is issued.
        var tokenDays: Int64?
        var keyPrefix: String?
    }

    var entitlementId: String
    var revision: Int64
    var state: State
    var reason: String?
    var businessId: String?
    var customerId: String?
    var sourceKind: String?
    var sourceId: String
    var orderId: String?
    var productId: String?
    var quantity: Int64
    /// A JSON array of texts, compact.
    var features: String
    var validFrom: Timestamp?
    var validUntil: Timestamp?
    var policy: Policy?
    var catalogueVersion: Int64?
    var changedAt: Timestamp

    /// More than this is no quantity of anything.
    static let maxQuantity: Int64 = 1_000_000_000
    /// More keys than this for one purchase are somebody's mistake, and would be as many rows.
    static let maxLines = 10_000

    /// How many licences it gives, were it active.
    var lines: Int {
        guard let policy, quantity > 0 else { return 0 }
        return policy.keysPer == .unit ? Int(quantity) : 1
    }

    /// The seats of each of its licences.
    var seats: Int64 { policy?.keysPer == .entitlement ? quantity : 1 }

    /// Activations of each of its licences; nil = any number.
    var activationsAllowed: Int64? { policy?.activations.map { $0 * seats } }
}
