package import Events

/// What follows from all that is known of a subject: the one pure function of this room (DESIGN §9). The same facts give the same conclusion, in whatever order
/// they became known.
package struct Conclusion: Sendable, Equatable {
    package var orders: [Order] = []
    package var entitlements: [Entitlement] = []
    package var periods: [Period] = []
    /// When it must be drawn again although nothing happens; nil when never.
    package var nextDeadline: Timestamp?
    /// Products that it looked for and that the catalogue does not list: they grant what its default says, which may be nothing.
    package var unlisted: [String] = []

    /// - Parameters:
    ///   - facts: read behind the subject's lock.
    ///   - now: decides which deadlines have passed; the same for all that one transaction concludes.
    package init(of facts: SubjectFacts, under catalogue: Catalogue, at now: Timestamp) {
        orders = facts.payments.filter { $0.home == facts.id }.compactMap { OrderRules.order(of: $0, terms: facts.terms) }
        switch facts.kind {
        case .payment: concludePayment(facts, catalogue, now)
        case .subscription: concludeSubscription(facts, catalogue, now)
        }
    }

    private mutating func concludePayment(_ facts: SubjectFacts, _ catalogue: Catalogue, _ now: Timestamp) {
        // What several subscriptions share is each subscription's to grant.
        guard let payment = facts.payments.first(where: { $0.id == facts.id }), payment.isOrder, payment.subscriptionIds.isEmpty, let paidAt = payment.paidAt
        else { return }
        var quantities: [String: Int64] = [:]
        for line in payment.cart { quantities[line.productId, default: 0] += line.quantity }
        for (productId, quantity) in quantities.sorted(by: { $0.key < $1.key }) {
            guard let product = product(productId, catalogue) else { continue }
            let access = PaymentAccess.access(by: payment, paidAt: paidAt, under: product, at: now)
            add(access, Entitlement(
                state: access.state, reason: access.reason, businessId: payment.businessId, customerId: payment.customerId, sourceKind: .payment,
                sourceId: payment.id, orderId: payment.id, productId: productId, quantity: quantity, features: product.featuresJSON,
                licencePolicy: product.licencePolicyJSON, validFrom: paidAt, validUntil: access.validUntil))
        }
    }

    private mutating func concludeSubscription(_ facts: SubjectFacts, _ catalogue: Catalogue, _ now: Timestamp) {
        let terms = facts.terms[facts.id] ?? []
        periods = PeriodRules.periods(of: facts.id, payments: facts.payments, terms: terms)
        // Nothing is granted before it has begun: a mandate that was never set up never did.
        guard let since = facts.since, let subscription = facts.subscription else { return }
        let products = Set(terms.map(\.productId)).union([subscription.productId].compactMap(\.self))
        for productId in products.sorted() {
            guard let product = product(productId, catalogue) else { continue }
            let isPresent = productId == subscription.productId
            let access = isPresent
                ? SubscriptionAccess.access(by: subscription, payments: facts.payments, under: product, at: now) : Access(.revoked, .planChanged)
            let own = terms.filter { $0.productId == productId }
            let quantity = isPresent ? subscription.quantity : own.max { ($0.startsAt, $0.firstAt) < ($1.startsAt, $1.firstAt) }?.quantity
            add(access, Entitlement(
                state: access.state, reason: access.reason, businessId: subscription.businessId, customerId: subscription.customerId,
                sourceKind: .subscription, sourceId: facts.id, orderId: nil, productId: productId, quantity: quantity ?? 1,
                features: product.featuresJSON, licencePolicy: product.licencePolicyJSON,
                validFrom: own.map(\.firstAt).min().map { max($0, since) } ?? since, validUntil: access.validUntil))
        }
    }

    private mutating func product(_ id: String, _ catalogue: Catalogue) -> Catalogue.Product? {
        if catalogue.products[id] == nil { unlisted.append(id) }
        return catalogue.product(id)
    }

    private mutating func add(_ access: Access, _ entitlement: Entitlement) {
        entitlements.append(entitlement)
        if let deadline = access.deadline { nextDeadline = min(nextDeadline ?? deadline, deadline) }
    }
}
