package import Events

/// A licence as it stands in its row. A value.
package struct Licence: Sendable, Equatable {
    package enum State: String, Sendable { case active, suspended, revoked }

    package var licenceId: String
    package var entitlementId: String
    package var line: Int
    package var revision: Int64
    package var generation: Int
    package var state: State
    package var reason: String?
    /// Why an operator has revoked it; nil when none has.
    package var operatorReason: String?
    package var isOperatorRevoked: Bool
    package var customerId: String?
    package var productId: String?
    /// A JSON array of texts, compact.
    package var features: String
    package var seats: Int64
    package var activationsAllowed: Int64?
    package var tokenDays: Int64?
    package var keyPrefix: String?
    package var validUntil: Timestamp?

    /// The id of a line's licence.
    static func id(entitlement: String, line: Int) -> String { "\(entitlement)/\(line)" }
}
