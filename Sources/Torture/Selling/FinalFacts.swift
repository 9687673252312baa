import Events
import Foundation
import Simulator

/// What the simulator has told of payments, subscriptions, refunds and disputes, once all of it has arrived: read from the bodies that were sent, with Foundation.
struct FinalFacts: Sendable {
    struct Payment: Decodable, Sendable {
        struct Line: Decodable, Sendable { let productId: String; let quantity: Int64 }
        struct Period: Decodable, Sendable { let subscriptionId: String; let startsAt: String }
        struct Customer: Decodable, Sendable { let customerId: String }
        let paymentId: String
        let status: String?
        let isUpdatePaymentMethod: Bool
        let subscriptionId: String?
        let productCart: [Line]?
        let servicePeriods: [Period]
        let chargeType: String?
        let totalAmount: Int64
        let refundStatus: String?
        let customer: Customer
    }

    struct Subscription: Decodable, Sendable {
        let subscriptionId: String
        let productId: String
        let quantity: Int64
        let status: String
        let cancelAtNextBillingDate: Bool
        let previousBillingDate: String
        let nextBillingDate: String
        let expiresAt: String?
        let pastDueEndsAt: String?
        let customer: Payment.Customer
    }

    struct Refund: Decodable, Sendable { let refundId: String; let paymentId: String; let status: String; let isPartial: Bool; let amount: Int64 }
    struct Dispute: Decodable, Sendable { let disputeId: String; let paymentId: String; let disputeStatus: String }

    /// What an event showed, and when it happened, in microseconds since 1970.
    struct Told<Entity: Sendable>: Sendable { let entity: Entity; let at: Int64 }

    /// Each entity as its newest event shows it, by id.
    private(set) var payments: [String: Told<Payment>] = [:]
    private(set) var refunds: [String: [Told<Refund>]] = [:]
    private(set) var disputes: [String: [Told<Dispute>]] = [:]
    /// When a payment was first seen to have succeeded.
    private(set) var paidAt: [String: Int64] = [:]
    /// Everything that was told of a subscription, oldest first.
    private(set) var subscriptions: [String: [Told<Subscription>]] = [:]
    /// The payments for a subscription.
    private(set) var paymentsFor: [String: [String]] = [:]

    init(_ deliveries: [Delivery]) throws {
        var seen: Set<String> = [], newestRefunds: [String: Told<Refund>] = [:], newestDisputes: [String: Told<Dispute>] = [:]
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        struct Body<Entity: Decodable>: Decodable { let data: Entity }
        for delivery in deliveries where seen.insert(delivery.webhookId).inserted {
            let at = delivery.event.occurredAt, body = Data(delivery.body)
            switch delivery.type.payload {
            case .payment:
                let payment = try decoder.decode(Body<Payment>.self, from: body).data
                if payments[payment.paymentId].map({ $0.at < at }) ?? true { payments[payment.paymentId] = Told(entity: payment, at: at) }
                if payment.status == "succeeded" { paidAt[payment.paymentId] = min(paidAt[payment.paymentId] ?? at, at) }
            case .subscription:
                let subscription = try decoder.decode(Body<Subscription>.self, from: body).data
                subscriptions[subscription.subscriptionId, default: []].append(Told(entity: subscription, at: at))
            case .refund:
                let refund = try decoder.decode(Body<Refund>.self, from: body).data
                if newestRefunds[refund.refundId].map({ $0.at < at }) ?? true { newestRefunds[refund.refundId] = Told(entity: refund, at: at) }
            case .dispute:
                let dispute = try decoder.decode(Body<Dispute>.self, from: body).data
                if newestDisputes[dispute.disputeId].map({ $0.at < at }) ?? true { newestDisputes[dispute.disputeId] = Told(entity: dispute, at: at) }
            default: break
            }
        }
        for id in subscriptions.keys { subscriptions[id]?.sort { $0.at < $1.at } }
        for payment in payments.values { if let id = payment.entity.subscriptionId { paymentsFor[id, default: []].append(payment.entity.paymentId) } }
        refunds = Dictionary(grouping: newestRefunds.values) { $0.entity.paymentId }
        disputes = Dictionary(grouping: newestDisputes.values) { $0.entity.paymentId }
    }

    /// Microseconds since 1970 of an RFC 3339 time in UTC.
    static func time(_ text: String) -> Int64 {
        let numbers = text.split { !$0.isNumber }
        var parts = tm()
        let values = numbers.prefix(6).map { Int32($0) ?? 0 }
        precondition(values.count == 6 && text.hasSuffix("Z"), "the simulator writes times in full and in UTC: \(text)")
        (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec) =
            (values[0] - 1900, values[1] - 1, values[2], values[3], values[4], values[5])
        let fraction = numbers.count > 6 ? numbers[6] : ""
        return Int64(timegm(&parts)) * 1_000_000 + (Int64((fraction + "000000").prefix(6)) ?? 0)
    }
}
