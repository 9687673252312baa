import Simulator

/// What must stand in the tables in the end: a small model of its own, from the final facts alone, written from docs/fulfilment.md and docs/licensing.md.
///
/// Everything is told as one line of text an entity, so that a difference can be shown as it is.
struct SalesModel {
    /// Who may use what: the state, and where it is active, until when (microseconds since 1970; nil = for good).
    struct Access: Equatable { var state: String; var until: Int64? }

    let facts: FinalFacts
    let terms: SalesTerms
    /// Microseconds since 1970.
    let now: Int64
    private static let hour: Int64 = 3_600_000_000, day: Int64 = 86_400_000_000

    /// One line for every payment that was ever paid, by its id.
    func orders() -> [String: String] {
        var orders: [String: String] = [:]
        for (id, paidAt) in facts.paidAt {
            guard let payment = facts.payments[id]?.entity, !payment.isUpdatePaymentMethod else { continue }
            let lines = lines(of: payment, paidAt)
            orders[id] = "\(state(of: payment, isKnown: !lines.isEmpty)) \(payment.totalAmount) -\(refunded(id)) \(payment.customer.customerId) [\(lines.joined(separator: " "))]"
        }
        return orders
    }

    private func state(of payment: FinalFacts.Payment, isKnown: Bool) -> String {
        let id = payment.paymentId
        if payment.status == "failed" || payment.status == "cancelled" { return "reversed" }
        if isLost(id) { return "charged_back" }
        if isDisputed(id) { return "disputed" }
        if isFullyRefunded(id) { return "refunded" }
        if refunded(id) > 0 { return "partially_refunded" }
        return isKnown ? "fulfilled" : "received"
    }

    /// The cart, or what the subscription was for in the time that the money bought.
    private func lines(of payment: FinalFacts.Payment, _ paidAt: Int64) -> [String] {
        guard let subscription = payment.subscriptionId else { return (payment.productCart ?? []).map { "\($0.productId)×\($0.quantity)" } }
        let begun = history(subscription), bought = payment.servicePeriods.first { $0.subscriptionId == subscription }.map { FinalFacts.time($0.startsAt) } ?? paidAt
        let starts = Set(begun.map { FinalFacts.time($0.entity.previousBillingDate) })
        guard let start = starts.filter({ $0 <= bought }).max() ?? starts.min() else { return [] }
        let inPeriod = begun.filter { FinalFacts.time($0.entity.previousBillingDate) == start }
        // The plan that the period began with; a change of plan pays for the one that it ended with.
        guard let product = (payment.chargeType == "plan_change" ? plans(inPeriod).last : plans(inPeriod).first) else { return [] }
        let quantity = inPeriod.last { $0.entity.productId == product }?.entity.quantity ?? 0
        return ["\(product)×\(quantity)"]
    }

    /// The products of a time in the order in which they were first told of.
    private func plans(_ told: [FinalFacts.Told<FinalFacts.Subscription>]) -> [String] {
        told.reduce(into: []) { plans, one in if !plans.contains(one.entity.productId) { plans.append(one.entity.productId) } }
    }

    /// What was told of a subscription since it had begun.
    private func history(_ id: String) -> [FinalFacts.Told<FinalFacts.Subscription>] {
        (facts.subscriptions[id] ?? []).filter { $0.entity.status != "pending" && $0.entity.status != "failed" }
    }

    // MARK: money

    private func refunded(_ payment: String) -> Int64 {
        (facts.refunds[payment] ?? []).reduce(0) { $0 + ($1.entity.status == "succeeded" ? $1.entity.amount : 0) }
    }

    private func isFullyRefunded(_ payment: String) -> Bool {
        let told = facts.payments[payment]?.entity
        let isWhole = (facts.refunds[payment] ?? []).contains { $0.entity.status == "succeeded" && !$0.entity.isPartial }
        return isWhole || told?.refundStatus == "full" || (told?.totalAmount ?? 0) > 0 && refunded(payment) >= (told?.totalAmount ?? 0)
    }

    private func isDisputed(_ payment: String) -> Bool {
        (facts.disputes[payment] ?? []).contains { ["dispute_opened", "dispute_challenged"].contains($0.entity.disputeStatus) }
    }

    private func lostAt(_ payment: String) -> Int64? {
        (facts.disputes[payment] ?? []).filter { ["dispute_lost", "dispute_accepted", "dispute_expired"].contains($0.entity.disputeStatus) }.map(\.at).max()
    }

    private func isLost(_ payment: String) -> Bool { lostAt(payment) != nil }

    // MARK: access

    /// What one entitlement must be.
    struct Expected: Equatable {
        var access: Access
        var source: String
        var isSubscription: Bool
        var product: String
        var customer: String
        var quantity: Int64
    }

    /// Every entitlement that must exist, by its id.
    func entitlements() -> [String: Expected] {
        var entitlements: [String: Expected] = [:]
        for (id, paidAt) in facts.paidAt {
            guard let payment = facts.payments[id]?.entity, payment.subscriptionId == nil, !payment.isUpdatePaymentMethod else { continue }
            var quantities: [String: Int64] = [:]
            for line in payment.productCart ?? [] { quantities[line.productId, default: 0] += line.quantity }
            for (product, quantity) in quantities {
                guard let terms = terms.products[product] else { continue }
                entitlements["\(id)/\(product)"] = Expected(
                    access: access(byPayment: id, paidAt, terms), source: id, isSubscription: false, product: product, customer: payment.customer.customerId,
                    quantity: quantity)
            }
        }
        for id in facts.subscriptions.keys {
            let told = history(id)
            guard !told.isEmpty, let present = facts.subscriptions[id]?.last else { continue }
            for product in plans(told) {
                guard let terms = terms.products[product] else { continue }
                let isPresent = product == present.entity.productId
                entitlements["\(id)/\(product)"] = Expected(
                    access: isPresent ? access(bySubscription: present, terms) : Access(state: "revoked"), source: id, isSubscription: true, product: product,
                    customer: present.entity.customer.customerId, quantity: told.last { $0.entity.productId == product }?.entity.quantity ?? 0)
            }
        }
        return entitlements
    }

    private func access(byPayment id: String, _ paidAt: Int64, _ terms: SalesTerms.Product) -> Access {
        let minds = terms.onDispute != "keep", until = terms.validDays.map { paidAt + $0 * Self.day }
        if isFullyRefunded(id) || minds && isLost(id) || until.map({ $0 <= now }) ?? false { return Access(state: "revoked") }
        if refunded(id) > 0, terms.onPartialRefund == "revoke" { return Access(state: "revoked") }
        if minds && isDisputed(id) || refunded(id) > 0 && terms.onPartialRefund == "suspend" { return Access(state: "suspended") }
        return Access(state: "active", until: until)
    }

    private func access(bySubscription told: FinalFacts.Told<FinalFacts.Subscription>, _ terms: SalesTerms.Product) -> Access {
        let plain = byStatus(told, terms), minds = terms.onDispute != "keep"
        guard plain.state != "revoked" else { return plain }
        let payments = (facts.paymentsFor[told.entity.subscriptionId] ?? []).filter { facts.paidAt[$0] != nil }
        let losses = payments.compactMap { payment -> Int64? in
            let refund = terms.onSubscriptionRefund == "revoke" && isFullyRefunded(payment)
                ? (facts.refunds[payment] ?? []).filter { $0.entity.status == "succeeded" }.map(\.at).max() : nil
            return [minds ? lostAt(payment) : nil, refund].compactMap(\.self).max()
        }
        if let loss = losses.max() {
            let isPaidAgain = payments.contains { (facts.paidAt[$0] ?? 0) > loss && !isLost($0) && !isFullyRefunded($0) }
            if !isPaidAgain { return Access(state: "revoked") }
        }
        if plain.state == "active", minds, payments.contains(where: isDisputed) { return Access(state: "suspended") }
        return plain
    }

    private func byStatus(_ told: FinalFacts.Told<FinalFacts.Subscription>, _ terms: SalesTerms.Product) -> Access {
        let one = told.entity, hold = (terms.onHoldDays ?? 30) * Self.day
        let next = FinalFacts.time(one.nextBillingDate), late = next + (terms.graceHours ?? 72) * Self.hour
        switch one.status {
        case "active":
            let ends = [one.expiresAt.map(FinalFacts.time), one.cancelAtNextBillingDate ? next : nil].compactMap(\.self).min()
            if let ends, ends <= now { return Access(state: "revoked") }
            return late <= now ? Access(state: "suspended") : Access(state: "active", until: min(ends ?? late, late))
        case "past_due":
            let grace = one.pastDueEndsAt.map(FinalFacts.time) ?? late
            if now < grace { return Access(state: "active", until: grace) }
            return Access(state: now < grace + hold ? "suspended" : "revoked")
        case "on_hold": return Access(state: now < told.at + hold ? "suspended" : "revoked")
        case "paused": return Access(state: "suspended")
        default: return Access(state: "revoked")
        }
    }

    // MARK: licences

    /// How many licences an entitlement gives now.
    func lines(_ entitlement: Expected) -> Int {
        guard let policy = terms.products[entitlement.product]?.licencePolicy, entitlement.quantity > 0 else { return 0 }
        return policy.keysPer == "unit" ? Int(entitlement.quantity) : 1
    }

    /// What each of its licences must say.
    func licence(_ entitlement: Expected) -> String {
        guard let product = terms.products[entitlement.product], let policy = product.licencePolicy else { return "revoked" }
        let seats = policy.keysPer == "unit" ? 1 : entitlement.quantity
        let until = entitlement.access.state == "active" ? entitlement.access.until.map(String.init) ?? "for good" : "-"
        return """
            \(entitlement.access.state) \(entitlement.customer) seats \(seats) activations \(policy.activations.map { String($0 * seats) } ?? "any") \
            \(policy.keyPrefix) \(policy.features ?? product.features ?? []) until \(until)
            """
    }

    /// What the entitlement's row must say.
    func line(_ entitlement: Expected) -> String {
        let until = entitlement.access.state == "active" ? entitlement.access.until.map(String.init) ?? "for good" : "-"
        return """
            \(entitlement.access.state) \(entitlement.isSubscription ? "subscription" : "payment") \(entitlement.source) \(entitlement.product)×\(entitlement.quantity) \
            \(entitlement.customer) \(terms.products[entitlement.product]?.features ?? []) until \(until)
            """
    }
}
