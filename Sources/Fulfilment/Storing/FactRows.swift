import Events
import JSONReader
import LibPQ
import Worker

/// The facts of a batch, and the subjects that they name. Belongs to one thread.
final class FactRows {
    private static let version: [ColumnBuilder.Element] = [.text, .timestamptz, .timestamptz, .int2, .int8]
    private let payments = Rows("fulfilment_payments", version + Array(repeating: .text, count: 8) + [.int8, .text, .bool, .text, .json, .json, .json, .timestamptz])
    private let shared = Rows("fulfilment_shared_payments", [.text, .text])
    private let subscriptions = Rows(
        "fulfilment_subscriptions",
        version + [.text, .text, .text, .text, .int8, .text, .bool, .bool] + Array(repeating: .timestamptz, count: 6))
    private let terms = Rows(
        "fulfilment_subscription_terms", [.text, .timestamptz, .text, .int8, .timestamptz, .bool, .timestamptz, .timestamptz, .int2, .int8])
    private let refunds = Rows("fulfilment_refunds", version + [.text, .text, .text, .bool, .int8, .text])
    private let disputes = Rows("fulfilment_disputes", version + [.text, .text, .text])
    private let lists = ListReader()

    /// The subjects named, each with the time since when it is paid or begun.
    let namedPayments = Rows("", [.text, .timestamptz]), namedSubscriptions = Rows("", [.text, .timestamptz])

    private var all: [Rows] { [payments, shared, subscriptions, terms, refunds, disputes, namedPayments, namedSubscriptions] }

    func reset() { for rows in all { rows.reset() } }

    /// The statements that store the facts, in the one order that every transaction has.
    var steps: [PipelineStep] { [payments, shared, subscriptions, terms, refunds, disputes].compactMap(\.step) }

    // Each reads and checks everything before it keeps anything, so that a fault leaves nothing behind.

    func addPayment(_ event: IncomingEvent, _ fields: borrowing FieldValues, _ version: StateVersion) throws(RecordFault) {
        let id = try fields.id(.paymentId), status = try fields.text(.status)
        let subscription = try fields.optionalId(.subscriptionId)
        let ids = try fields.array(.subscriptionIds), cart = try fields.array(.productCart), periods = try fields.array(.servicePeriods)
        let reached = PaymentFact.reached(by: subscription.map { String(decoding: $0, as: UTF8.self) }, and: try lists.ids(ids))
        _ = try lists.cart(cart)
        _ = try lists.servicePeriods(periods)
        let business = try fields.text(.businessId), customer = try fields.text(.customerId), checkout = try fields.text(.checkoutSessionId)
        let charge = try fields.text(.chargeType), currency = try fields.text(.currency), total = try fields.whole(.totalAmount)
        let refund = try fields.text(.refundStatus), updates = try fields.flag(.isUpdatePaymentMethod), created = try fields.time(.createdAt)
        payments.append(
            .bytes(event.webhookId), .of(version.eventTime), .of(version.attemptTime), .number(Int64(version.rank)), .number(version.tieBreak),
            .bytes(id), reached.count == 1 ? .string(reached[0]) : .bytes(id), .of(business), .of(customer), .of(checkout), .of(status), .of(charge),
            .of(currency), .of(total), .of(refund), .of(updates), .of(subscription), .of(ids), .of(cart), .of(periods), .of(created))
        namedPayments.append(.bytes(id), status?.elementsEqual("succeeded".utf8) == true ? .of(version.eventTime) : .null)
        if reached.count > 1 { for one in reached { shared.append(.string(one), .bytes(id)) } }
        for one in reached { namedSubscriptions.append(.string(one), .null) }
    }

    func addSubscription(_ event: IncomingEvent, _ fields: borrowing FieldValues, _ version: StateVersion) throws(RecordFault) {
        let id = try fields.id(.subscriptionId), status = try fields.text(.status), product = try fields.optionalId(.productId)
        let business = try fields.text(.businessId), customer = try fields.text(.customerId), quantity = try fields.quantity(.quantity)
        let onDemand = try fields.flag(.onDemand), leaves = try fields.flag(.cancelAtNextBillingDate)
        let created = try fields.time(.createdAt), previous = try fields.time(.previousBillingDate), next = try fields.time(.nextBillingDate)
        let cancelled = try fields.time(.cancelledAt), pastDue = try fields.time(.pastDueEndsAt), expires = try fields.time(.expiresAt)
        func isStatus(_ names: String...) -> Bool { names.contains { status?.elementsEqual($0.utf8) == true } }
        // A status that nobody knows is no beginning: without knowing what it means, nothing is granted by it.
        let hasBegun = isStatus("active", "past_due", "on_hold", "paused", "cancelled", "expired")
        subscriptions.append(
            .bytes(event.webhookId), .of(version.eventTime), .of(version.attemptTime), .number(Int64(version.rank)), .number(version.tieBreak),
            .bytes(id), .of(business), .of(customer), .of(product), .of(quantity), .of(status), .of(onDemand), .of(leaves), .of(created), .of(previous),
            .of(next), .of(cancelled), .of(pastDue), .of(expires))
        namedSubscriptions.append(.bytes(id), hasBegun ? .of(version.eventTime) : .null)
        guard let product, hasBegun else { return }
        terms.append(
            .bytes(id), .of(previous ?? created ?? version.eventTime), .bytes(product), .of(quantity), .of(next), .flag(isStatus("active", "past_due")),
            .of(version.eventTime), .of(version.attemptTime), .number(Int64(version.rank)), .number(version.tieBreak))
    }

    func addRefund(_ event: IncomingEvent, _ fields: borrowing FieldValues, _ version: StateVersion) throws(RecordFault) {
        let id = try fields.id(.refundId), payment = try fields.id(.paymentId), status = try fields.text(.status)
        let isPartial = try fields.flag(.isPartial), amount = try fields.whole(.amount), currency = try fields.text(.currency)
        refunds.append(
            .bytes(event.webhookId), .of(version.eventTime), .of(version.attemptTime), .number(Int64(version.rank)), .number(version.tieBreak),
            .bytes(id), .bytes(payment), .of(status), .of(isPartial), .of(amount), .of(currency))
        namedPayments.append(.bytes(payment), .null)
    }

    func addDispute(_ event: IncomingEvent, _ fields: borrowing FieldValues, _ version: StateVersion) throws(RecordFault) {
        let id = try fields.id(.disputeId), payment = try fields.id(.paymentId), status = try fields.text(.disputeStatus)
        disputes.append(
            .bytes(event.webhookId), .of(version.eventTime), .of(version.attemptTime), .number(Int64(version.rank)), .number(version.tieBreak),
            .bytes(id), .bytes(payment), .of(status))
        namedPayments.append(.bytes(payment), .null)
    }

    /// Names a subject whose time has come, without an event.
    func addDue(_ id: String, _ kind: SubjectFacts.Kind) {
        switch kind {
        case .payment: namedPayments.append(.string(id), .null)
        case .subscription: namedSubscriptions.append(.string(id), .null)
        }
    }
}

extension PaymentFact {
    /// The subscriptions that a payment is for: the one it names, and those of its list.
    static func reached(by subscription: String?, and ids: [String]) -> [String] {
        guard let subscription, !ids.contains(subscription) else { return ids }
        return [subscription] + ids
    }
}
