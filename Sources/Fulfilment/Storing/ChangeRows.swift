import Events
import LibPQ
import Worker

/// What differs between what was concluded last and what is concluded now, as rows, and the events that tell of it. Belongs to one thread.
final class ChangeRows {
    private let mode: Mode
    private let orders = Rows(
        "fulfilment_write_orders", [.text, .int8, .text, .text, .text, .text, .text, .text, .int8, .int8, .timestamptz, .timestamptz])
    private let clearedOrders = Rows("fulfilment_clear_order_lines", [.text])
    private let lines = Rows("fulfilment_write_order_lines", [.text, .int4, .text, .int8, .text, .timestamptz, .timestamptz])
    private let entitlements = Rows(
        "fulfilment_write_entitlements",
        [.text, .int8, .text, .text, .text, .text, .text, .text, .text, .text, .int8, .json, .json, .timestamptz, .timestamptz, .int8, .timestamptz, .timestamptz])
    private let periods = Rows("fulfilment_write_periods", [.text, .timestamptz, .timestamptz, .text, .int8, .text])
    private let clearedPeriods = Rows("fulfilment_clear_periods", [.text, .timestamptz])
    private let deadlines = Rows("fulfilment_write_deadlines", [.text, .timestamptz])
    private let outbox = OutboxRows()
    /// Of the conclusions that were drawn last.
    private(set) var unlisted: [String] = []

    init(mode: Mode) { self.mode = mode }

    /// Forgets everything, draws the conclusions, and gives the statements that bring the tables up to them.
    ///
    /// - Parameter named: subjects without anything to conclude, whose deadlines are over.
    func steps(from holdings: Holdings, named: [String], under catalogue: Catalogue, at now: Timestamp) -> [PipelineStep] {
        for rows in [orders, clearedOrders, lines, entitlements, periods, clearedPeriods, deadlines] { rows.reset() }
        outbox.reset()
        unlisted.removeAll(keepingCapacity: true)
        var unclaimed = holdings.entitlements, idle = Set(named)
        for subject in holdings.subjects {
            let conclusion = Conclusion(of: subject, under: catalogue, at: now)
            unlisted += conclusion.unlisted
            for order in conclusion.orders { take(order, holdings, now) }
            for entitlement in conclusion.entitlements {
                take(entitlement, unclaimed.removeValue(forKey: entitlement.id), catalogue.version, now)
            }
            if subject.kind == .subscription { take(conclusion.periods, of: subject.id, holdings) }
            idle.remove(subject.id)
            deadlines.append(.string(subject.id), .of(conclusion.nextDeadline))
        }
        for id in idle { deadlines.append(.string(id), .null) }
        // What is not concluded any more was taken from the catalogue, or has found another source.
        for stored in unclaimed.values.sorted(by: { $0.entitlement.id < $1.entitlement.id }) where stored.entitlement.state != .revoked {
            var withdrawn = stored.entitlement
            withdrawn.state = .revoked
            withdrawn.reason = .withdrawn
            take(withdrawn, stored, catalogue.version, now)
        }
        return [orders, clearedOrders, lines, entitlements, periods, clearedPeriods, deadlines].compactMap(\.step)
            + [outbox.step(FulfilmentHandler.workerName)].compactMap(\.self)
    }

    private func take(_ order: Order, _ holdings: Holdings, _ now: Timestamp) {
        let stored = holdings.orders[order.paymentId]
        guard stored?.order != order else { return }
        let revision = (stored?.revision ?? 0) + 1
        orders.append(
            .string(order.paymentId), .number(revision), .string(order.state.rawValue), .of(order.businessId), .of(order.customerId),
            .of(order.checkoutSessionId), .of(order.chargeType), .of(order.currency), .of(order.totalAmount), .number(order.refundedAmount),
            .of(order.paidAt), .of(now))
        if let stored, !stored.order.lines.isEmpty { clearedOrders.append(.string(order.paymentId)) }
        for (index, line) in order.lines.enumerated() {
            lines.append(
                .string(order.paymentId), .number(Int64(index + 1)), .string(line.productId), .number(line.quantity), .of(line.subscriptionId),
                .of(line.startsAt), .of(line.endsAt))
        }
        guard let name = DomainEvent.name(for: order.state) else { return }
        tell(name, id: "\(order.paymentId)@\(revision)", key: order.home, DomainEvent.body(of: order, revision: revision, changedAt: now), now)
    }

    private func take(_ entitlement: Entitlement, _ stored: Holdings.StoredEntitlement?, _ catalogueVersion: Int64, _ now: Timestamp) {
        guard stored?.entitlement != entitlement else { return }
        let revision = (stored?.revision ?? 0) + 1
        let grantedAt = stored?.grantedAt ?? (entitlement.state == .active ? now : nil)
        entitlements.append(
            .string(entitlement.id), .number(revision), .string(entitlement.state.rawValue), .string(entitlement.reason.rawValue),
            .of(entitlement.businessId), .of(entitlement.customerId), .string(entitlement.sourceKind.rawValue), .string(entitlement.sourceId),
            .of(entitlement.orderId), .string(entitlement.productId), .number(entitlement.quantity), .string(entitlement.features),
            .of(entitlement.licencePolicy), .of(entitlement.validFrom), .of(entitlement.validUntil), .number(catalogueVersion), .of(grantedAt), .of(now))
        let name = DomainEvent.name(for: entitlement.state, wasGranted: stored?.grantedAt != nil)
        tell(
            name, id: "\(entitlement.id)@\(revision)", key: entitlement.sourceId,
            DomainEvent.body(of: entitlement, revision: revision, catalogueVersion: catalogueVersion, changedAt: now), now)
    }

    private func take(_ concluded: [Period], of subscriptionId: String, _ holdings: Holdings) {
        var stored = holdings.periods[subscriptionId] ?? [:]
        for period in concluded where stored.removeValue(forKey: period.startsAt) != period {
            periods.append(
                .string(subscriptionId), .of(period.startsAt), .of(period.endsAt), .of(period.productId), .of(period.quantity), .of(period.paymentId))
        }
        for start in stored.keys.sorted() { clearedPeriods.append(.string(subscriptionId), .of(start)) }
    }

    private func tell(_ name: DomainEvent.Name, id: String, key: String, _ body: String, _ now: Timestamp) {
        Array(body.utf8).withUnsafeBytes {
            outbox.append(id: id, topic: mode.topicName(name.rawValue), key: key, type: name.rawValue, occurredAt: now, body: $0)
        }
    }
}
