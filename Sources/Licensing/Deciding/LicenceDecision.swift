/// What an entitlement means for its licences. Pure.
///
/// The licences are a function of the entitlement's newest revision, of the most lines that any of its revisions had, and of what operators did: none of the
/// three depends on the order in which events come.
enum LicenceDecision {
    /// A licence that differs from its row, or has none yet.
    struct Change: Sendable, Equatable {
        enum Kind: String, Sendable { case issued, suspended, reinstated, revoked }

        var licence: Licence
        var kind: Kind
        /// Whether the row is new.
        var isNew: Bool
        /// Whether tokens issued so far prove nothing any more.
        var withdrawsTokens: Bool
    }

    /// - Parameters:
    ///   - entitlement: at its newest revision.
    ///   - linesEver: the most lines of any revision; as many licences exist, those that were never current as revoked ones.
    ///   - stored: the licences as they are.
    /// - Returns: the changes in the order of lines.
    static func changes(of entitlement: Entitlement, linesEver: Int, stored: [Licence]) -> [Change] {
        let known = Dictionary(uniqueKeysWithValues: stored.map { ($0.line, $0) })
        return (0..<max(linesEver, entitlement.lines)).compactMap { index in change(of: entitlement, line: index + 1, stored: known[index + 1]) }
    }

    /// - Parameter amended: the stored licence with another generation or another word of an operator; nil when no operator is at work.
    /// - Returns: nil when the row says the same already.
    static func change(of entitlement: Entitlement, line: Int, stored: Licence?, amended: Licence? = nil) -> Change? {
        var wanted = licence(of: entitlement, line: line, amended ?? stored)
        guard let stored else {
            wanted.revision = 1
            return Change(licence: wanted, kind: wanted.state.asFirst, isNew: true, withdrawsTokens: false)
        }
        wanted.revision = stored.revision
        guard wanted != stored else { return nil }
        wanted.revision += 1
        let kind: Change.Kind = wanted.state == .active && stored.state != .active ? .reinstated : wanted.state.asFirst
        let withdraws = stored.state == .active && wanted.state != .active || wanted.generation != stored.generation
        return Change(licence: wanted, kind: kind, isNew: false, withdrawsTokens: withdraws)
    }

    /// The licence as it should be; its revision is not decided here.
    private static func licence(of entitlement: Entitlement, line: Int, _ known: Licence?) -> Licence {
        let isCurrent = line <= entitlement.lines
        var state = Licence.State(rawValue: entitlement.state.rawValue) ?? .revoked
        var reason = entitlement.reason
        if !isCurrent, state != .revoked {
            state = .revoked
            reason = entitlement.policy == nil ? "no-licence-policy" : "quantity-reduced"
        }
        if let known, known.isOperatorRevoked {
            state = .revoked
            reason = "operator"
        }
        return Licence(
            licenceId: Licence.id(entitlement: entitlement.entitlementId, line: line), entitlementId: entitlement.entitlementId, line: line, revision: 0,
            generation: known?.generation ?? 1, state: state, reason: reason, operatorReason: known?.operatorReason,
            isOperatorRevoked: known?.isOperatorRevoked ?? false, customerId: entitlement.customerId, productId: entitlement.productId,
            features: entitlement.features, seats: entitlement.seats, activationsAllowed: entitlement.activationsAllowed,
            tokenDays: entitlement.policy?.tokenDays, keyPrefix: entitlement.policy?.keyPrefix, validUntil: entitlement.validUntil)
    }
}

extension Licence.State {
    /// The event that tells of a licence in this state, unless it comes back into it.
    fileprivate var asFirst: LicenceDecision.Change.Kind {
        switch self {
        case .active: .issued
        case .suspended: .suspended
        case .revoked: .revoked
        }
    }
}
