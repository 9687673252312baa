import Events
import Foundation
import Fulfilment
import LibPQ
import Simulator
import TestKit
import Testing

/// Orders and entitlements against what the final truth of the simulator's stories means, worked out here in another way: from the last body of every entity.
@Suite("the final truth of many lives") struct ModelTests {
    /// The newest `data` of an entity, by kind and id.
    private static func finalBodies(_ deliveries: [Delivery]) throws -> [String: [String: Any]] {
        var newest: [String: (Int64, Int64, String, [String: Any])] = [:]
        for delivery in deliveries {
            let body = try #require(try JSONSerialization.jsonObject(with: Data(delivery.body)) as? [String: Any])
            let data = try #require(body["data"] as? [String: Any]), kind = delivery.type.payload
            guard let field = kind.idField, let id = data[field] as? String else { continue }
            let version = (delivery.event.occurredAt, delivery.attemptTimestamp, delivery.shownStatus ?? "")
            // Born together, the further along its life: here only payments of a charge and subscriptions, whose bodies are equal then.
            if let known = newest["\(kind.rawValue)/\(id)"], (known.0, known.1) > (version.0, version.1) { continue }
            newest["\(kind.rawValue)/\(id)"] = (version.0, version.1, version.2, data)
        }
        return newest.mapValues(\.3)
    }

    private static func all(_ kind: PayloadKind, _ bodies: [String: [String: Any]]) -> [[String: Any]] {
        bodies.filter { $0.key.hasPrefix("\(kind.rawValue)/") }.map(\.value)
    }

    @Test(arguments: [BodySemantics.snapshot, .newest])
    func `is what the tables hold`(semantics: BodySemantics) async throws {
        let seed = ConvergenceTests.seed
        let stories = Story.customers(68, seed: seed)
        let deliveries = DeliveryPlan(seed: seed, duplicates: 0.3, reorder: 0.4, semantics: semantics).deliveries(of: stories)
        let truth = Truth(of: deliveries), bodies = try Self.finalBodies(deliveries)
        for (id, status) in truth.statuses(of: .subscription) { #expect(bodies["Subscription/\(id)"]?["status"] as? String == status) }
        let conninfo = try await ConvergenceTests.database()
        // Long after everything, so that nothing is left but what ended and what stands.
        let now = Timestamp(microseconds: Story.standardStart + 2 * 365 * 86_400_000_000)
        let (orders, entitlements) = try await onThread {
            let ledger = try Ledger(conninfo, now: now), events = deliveries.map { WrittenEvent($0) }
            for start in stride(from: 0, to: events.count, by: 50) { try ledger.apply(Array(events[start..<min(start + 50, events.count)])) }
            _ = try ledger.sweep()
            func map(_ sql: String) throws -> [String: String] {
                let rows = try ledger.connection.query(sql)
                return Dictionary(uniqueKeysWithValues: (0..<rows.rowCount).map { (rows.text($0, 0) ?? "", rows.text($0, 1) ?? "") })
            }
            return (try map("select payment_id, state from fulfilment.orders"), try map("select entitlement_id, state from fulfilment.entitlements"))
        }

        var expectedOrders: [String: String] = [:], expectedEntitlements: [String: String] = [:]
        let refunds = Dictionary(grouping: Self.all(.refund, bodies)) { $0["payment_id"] as? String ?? "" }
        let disputes = Dictionary(grouping: Self.all(.dispute, bodies)) { $0["payment_id"] as? String ?? "" }
        for payment in Self.all(.payment, bodies) where payment["status"] as? String == "succeeded" {
            let id = try #require(payment["payment_id"] as? String), total = try #require(payment["total_amount"] as? Int)
            let back = (refunds[id] ?? []).filter { $0["status"] as? String == "succeeded" }.reduce(0) { $0 + ($1["amount"] as? Int ?? 0) }
            let dispute = disputes[id]?.first?["dispute_status"] as? String
            let isLost = ["dispute_lost", "dispute_accepted", "dispute_expired"].contains(dispute)
            expectedOrders[id] = isLost ? "charged_back" : total > 0 && back == total ? "refunded" : back > 0 ? "partially_refunded" : "fulfilled"
            for product in (payment["product_cart"] as? [[String: Any]] ?? []).compactMap({ $0["product_id"] as? String }) {
                expectedEntitlements["\(id)/\(product)"] = isLost || total > 0 && back == total ? "revoked" : "active"
            }
        }
        for subscription in Self.all(.subscription, bodies) {
            let id = try #require(subscription["subscription_id"] as? String), product = try #require(subscription["product_id"] as? String)
            switch subscription["status"] as? String {
            case "failed": break
            case "cancelled", "expired", "on_hold", "active": expectedEntitlements["\(id)/\(product)"] = "revoked"
            case let other: Issue.record("a status the model does not know: \(other ?? "none")")
            }
        }
        #expect(orders == expectedOrders, "seed \(seed)")
        #expect(orders.count == truth.statuses(of: .payment).values.count { $0 == "succeeded" }, "orders = distinct paid payments; seed \(seed)")
        // Products that a subscription left behind are revoked, and not in the final bodies.
        for (id, state) in entitlements where expectedEntitlements[id] == nil { #expect(state == "revoked", "\(id), seed \(seed)") }
        for (id, state) in expectedEntitlements { #expect(entitlements[id] == state, "\(id), seed \(seed)") }
    }

    @Test func `in the middle of a life, access is what the newest state and the dates say`() async throws {
        let seed = ConvergenceTests.seed
        let conninfo = try await ConvergenceTests.database()
        for chapter in [Chapter.pausedAndChanged, .pastDue, .heldThenRecovered] {
            let story = Story.customer(living: [chapter], seed: seed)
            let deliveries = DeliveryPlan(seed: seed).deliveries(of: [story]).filter { FulfilmentHandler.consumes($0.type) }
            for (index, delivery) in deliveries.enumerated() where delivery.type.payload == .subscription {
                let next = deliveries[(index + 1)...].first { $0.event.occurredAt > delivery.event.occurredAt }?.event.occurredAt ?? .max
                let at = min(next - 1, delivery.event.occurredAt + 1_000_000)
                guard at > delivery.event.occurredAt else { continue }
                let expected: Set<String> = switch delivery.shownStatus {
                case "active", "past_due": ["active"]
                case "paused", "on_hold": ["suspended"]
                default: ["revoked"]
                }
                let told = Array(deliveries[...index])
                let found = try await onThread {
                    let ledger = try Ledger(conninfo, now: Timestamp(microseconds: at))
                    try ledger.connection.execute("begin")
                    try ledger.apply(told.map { WrittenEvent($0) }, isOpen: true)
                    let state = try ledger.value("""
                        select state from fulfilment.entitlements e join fulfilment.subscriptions s on s.subscription_id = e.source_id and s.product_id = e.product_id
                        """)
                    try ledger.connection.execute("rollback")
                    return state
                }
                #expect(expected.contains(found ?? "none"), "\(chapter), event \(index) \(delivery.type), \(delivery.shownStatus ?? ""), seed \(seed)")
            }
        }
    }
}
