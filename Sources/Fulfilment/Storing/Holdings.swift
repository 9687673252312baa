import Events
import LibPQ
import Worker

/// What the statements of one transaction read of the subjects in hand: the facts, and what was concluded from them last.
struct Holdings {
    struct StoredEntitlement {
        var entitlement: Entitlement
        var revision: Int64
        var grantedAt: Timestamp?
    }

    var subjects: [SubjectFacts] = []
    var orders: [String: (order: Order, revision: Int64)] = [:]
    var entitlements: [String: StoredEntitlement] = [:]
    /// By subscription and start.
    var periods: [String: [Timestamp: Period]] = [:]

    /// - Parameter results: those of `Statement.readings`, in that order.
    init(_ results: ArraySlice<ResultSet>, lists: ListReader) {
        let results = Array(results)
        let terms = Self.terms(results[1])
        let payments = Self.payments(results[2], refunds: Self.refunds(results[3]), disputes: Self.disputes(results[4]), lists)
        takeSubscriptions(results[0], terms, payments)
        for payment in payments where payment.home == payment.id {
            var subject = SubjectFacts(id: payment.id, kind: .payment)
            subject.payments = [payment]
            for id in payment.subscriptionIds { subject.terms[id] = terms[id] }
            subjects.append(subject)
        }
        let homes = Dictionary(payments.map { ($0.id, $0.home) }) { first, _ in first }
        takeOrders(results[5], lines: results[6], homes)
        takeEntitlements(results[7])
        takePeriods(results[8])
    }

    private mutating func takeSubscriptions(_ rows: ResultSet, _ terms: [String: [TermFact]], _ payments: [PaymentFact]) {
        var bySubscription: [String: [PaymentFact]] = [:]
        for payment in payments { for id in payment.subscriptionIds { bySubscription[id, default: []].append(payment) } }
        for row in 0..<rows.rowCount {
            var subject = SubjectFacts(id: rows.text(row, 0) ?? "", kind: .subscription)
            subject.since = rows.time(row, 1)
            subject.payments = bySubscription[subject.id] ?? []
            subject.terms = [subject.id: terms[subject.id] ?? []]
            if rows.bool(row, 16) == true {
                var fact = SubscriptionFact(id: subject.id, eventAt: rows.time(row, 15) ?? Timestamp(microseconds: 0))
                fact.businessId = rows.text(row, 2)
                fact.customerId = rows.text(row, 3)
                fact.productId = rows.text(row, 4)
                fact.quantity = rows.int64(row, 5)
                fact.status = rows.text(row, 6)
                fact.isOnDemand = rows.bool(row, 7) ?? false
                fact.cancelsAtNextBilling = rows.bool(row, 8) ?? false
                fact.createdAt = rows.time(row, 9)
                fact.previousBilling = rows.time(row, 10)
                fact.nextBilling = rows.time(row, 11)
                fact.cancelledAt = rows.time(row, 12)
                fact.pastDueEndsAt = rows.time(row, 13)
                fact.expiresAt = rows.time(row, 14)
                subject.subscription = fact
            }
            subjects.append(subject)
        }
    }

    private static func terms(_ rows: ResultSet) -> [String: [TermFact]] {
        var terms: [String: [TermFact]] = [:]
        for row in 0..<rows.rowCount {
            guard let id = rows.text(row, 0), let product = rows.text(row, 1), let start = rows.time(row, 2), let first = rows.time(row, 5) else { continue }
            terms[id, default: []].append(TermFact(
                subscriptionId: id, productId: product, startsAt: start, endsAt: rows.time(row, 3), quantity: rows.int64(row, 4), firstAt: first,
                isEntitling: rows.bool(row, 6) ?? false))
        }
        return terms
    }

    private static func refunds(_ rows: ResultSet) -> [String: [RefundFact]] {
        var refunds: [String: [RefundFact]] = [:]
        for row in 0..<rows.rowCount {
            refunds[rows.text(row, 0) ?? "", default: []].append(RefundFact(
                status: rows.text(row, 1), isPartial: rows.bool(row, 2), amount: rows.int64(row, 3), currency: rows.text(row, 4),
                eventAt: rows.time(row, 5) ?? Timestamp(microseconds: 0)))
        }
        return refunds
    }

    private static func disputes(_ rows: ResultSet) -> [String: [DisputeFact]] {
        var disputes: [String: [DisputeFact]] = [:]
        for row in 0..<rows.rowCount {
            disputes[rows.text(row, 0) ?? "", default: []].append(
                DisputeFact(status: rows.text(row, 1), eventAt: rows.time(row, 2) ?? Timestamp(microseconds: 0)))
        }
        return disputes
    }

    private static func payments(
        _ rows: ResultSet, refunds: [String: [RefundFact]], disputes: [String: [DisputeFact]], _ lists: ListReader
    ) -> [PaymentFact] {
        (0..<rows.rowCount).map { row in
            var fact = PaymentFact(id: rows.text(row, 0) ?? "")
            fact.paidAt = rows.time(row, 1)
            fact.businessId = rows.text(row, 3)
            fact.customerId = rows.text(row, 4)
            fact.checkoutSessionId = rows.text(row, 5)
            fact.status = rows.text(row, 6)
            fact.chargeType = rows.text(row, 7)
            fact.currency = rows.text(row, 8)
            fact.totalAmount = rows.int64(row, 9)
            fact.refundStatus = rows.text(row, 10)
            fact.updatesMethod = rows.bool(row, 11) ?? false
            // They were read before they were stored, so they can be read again.
            fact.subscriptionIds = PaymentFact.reached(by: rows.text(row, 12), and: list(rows, row, 13) { (json) throws(RecordFault) in try lists.ids(json) })
            fact.cart = list(rows, row, 14) { (json) throws(RecordFault) in try lists.cart(json) }
            fact.servicePeriods = list(rows, row, 15) { (json) throws(RecordFault) in try lists.servicePeriods(json) }
            fact.refunds = refunds[fact.id] ?? []
            fact.disputes = disputes[fact.id] ?? []
            return fact
        }
    }

    private static func list<Item>(
        _ rows: ResultSet, _ row: Int, _ column: Int, _ read: (UnsafeRawBufferPointer) throws(RecordFault) -> [Item]
    ) -> [Item] {
        rows.withValue(row, column) { json in
            do throws(RecordFault) { return try read(json) } catch { return [] }
        } ?? []
    }

    private mutating func takeOrders(_ rows: ResultSet, lines: ResultSet, _ homes: [String: String]) {
        for row in 0..<rows.rowCount {
            guard let id = rows.text(row, 0), let revision = rows.int64(row, 1), let state = rows.text(row, 2).flatMap({ Order.State(rawValue: $0) }),
                let paidAt = rows.time(row, 10)
            else { continue }
            let order = Order(
                paymentId: id, home: homes[id] ?? id, state: state, businessId: rows.text(row, 3), customerId: rows.text(row, 4),
                checkoutSessionId: rows.text(row, 5), chargeType: rows.text(row, 6), currency: rows.text(row, 7), totalAmount: rows.int64(row, 8),
                refundedAmount: rows.int64(row, 9) ?? 0, paidAt: paidAt, lines: [])
            orders[id] = (order, revision)
        }
        for row in 0..<lines.rowCount {
            guard let id = lines.text(row, 0), let product = lines.text(row, 1) else { continue }
            orders[id]?.order.lines.append(Order.Line(
                productId: product, quantity: lines.int64(row, 2) ?? 0, subscriptionId: lines.text(row, 3), startsAt: lines.time(row, 4),
                endsAt: lines.time(row, 5)))
        }
    }

    private mutating func takeEntitlements(_ rows: ResultSet) {
        for row in 0..<rows.rowCount {
            guard let id = rows.text(row, 0), let revision = rows.int64(row, 1), let state = rows.text(row, 2).flatMap({ Entitlement.State(rawValue: $0) }),
                let kind = rows.text(row, 6).flatMap({ SubjectFacts.Kind(rawValue: $0) }), let source = rows.text(row, 7), let product = rows.text(row, 9),
                let from = rows.time(row, 13)
            else { continue }
            // A reason that only a newer program knows differs from whatever is concluded here, and is written anew.
            let reason = rows.text(row, 3).flatMap { Entitlement.Reason(rawValue: $0) } ?? .withdrawn
            let entitlement = Entitlement(
                state: state, reason: reason, businessId: rows.text(row, 4), customerId: rows.text(row, 5), sourceKind: kind, sourceId: source,
                orderId: rows.text(row, 8), productId: product, quantity: rows.int64(row, 10) ?? 0, features: rows.text(row, 11) ?? "[]",
                licencePolicy: rows.text(row, 12), validFrom: from, validUntil: rows.time(row, 14))
            entitlements[id] = StoredEntitlement(entitlement: entitlement, revision: revision, grantedAt: rows.time(row, 16))
        }
    }

    private mutating func takePeriods(_ rows: ResultSet) {
        for row in 0..<rows.rowCount {
            guard let id = rows.text(row, 0), let start = rows.time(row, 1) else { continue }
            periods[id, default: [:]][start] = Period(
                subscriptionId: id, startsAt: start, endsAt: rows.time(row, 2), productId: rows.text(row, 3), quantity: rows.int64(row, 4),
                paymentId: rows.text(row, 5))
        }
    }
}

extension ResultSet {
    /// A time that the statement gives in microseconds since 1970.
    func time(_ row: Int, _ column: Int) -> Timestamp? { int64(row, column).map { Timestamp(microseconds: $0) } }
}
