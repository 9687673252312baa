import Events
import Foundation
import Fulfilment
import LibPQ
import Licensing
import Simulator
import TestKit
import Testing
import Worker

/// license-worker on what fulfilment-worker really wrote, not on what these tests believe that it writes.
///
/// A failing run prints its seed; `NICOBAR_SEED=<seed>` runs it again.
@Suite("licences of the simulator's customers", .timeLimit(.minutes(2))) struct StoryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The one that the demo uses.
    private static func catalogue() throws -> [UInt8] { Array(try Data(contentsOf: root.appendingPathComponent("deploy/local/catalogue.json"))) }

    /// Lets fulfilment live through the deliveries as time passes, a hundred at a time, sweeping in between; a quantity grows here and there, and shrinks again.
    ///
    /// - Returns: the rows of its outbox, as license-worker reads them from the topics.
    private static func fulfil(_ deliveries: [Delivery], _ conninfo: String, _ random: inout SplitMix64) throws -> [WrittenEvent] {
        _ = try CatalogueStore(Connection(conninfo)).apply(try catalogue(), by: "tests")
        let connection = try Connection(conninfo, applicationName: "fulfilment-tests")
        let taken = deliveries.filter { FulfilmentHandler.consumes($0.type) }
        for start in stride(from: 0, to: taken.count, by: 100) {
            let part = taken[start..<min(start + 100, taken.count)]
            let now = Timestamp(microseconds: part.map(\.event.occurredAt).max() ?? 0)
            let ledger = try StageLedger(connection, FulfilmentHandler(mode: .live, now: now), isPrepared: start > 0)
            try ledger.apply(part.map { delivery in
                var event = WrittenEvent(delivery)
                if delivery.type.payload == .subscription {
                    event.body = Array(String(decoding: event.body, as: UTF8.self).replacing(#""quantity":1"#, with: #""quantity":\#(random.next() % 4 + 1)"#).utf8)
                }
                return event
            })
            _ = try ledger.sweep()
        }
        let rows = try connection.query("select id, type, convert_from(body, 'UTF8') from worker.outbox where type like 'nicobar.entitlement.%' order by position")
        return (0..<rows.rowCount).map { WrittenEvent(rows.text($0, 0) ?? "", type: rows.text($0, 1), body: rows.text($0, 2) ?? "") }
    }

    /// What fulfilment's last word on each entitlement means for its licences, from its tables: state by licence.
    private static func expected(_ connection: Connection) throws -> [String: String] {
        let rows = try connection.query("select entitlement_id, state, quantity, licence_policy ->> 'keys_per' from fulfilment.entitlements")
        var expected: [String: String] = [:]
        for row in 0..<rows.rowCount {
            let quantity = Int(rows.int64(row, 2) ?? 0), lines = switch rows.text(row, 3) { case "unit": quantity; case "entitlement": min(1, quantity); default: 0 }
            for line in 0..<lines { expected["\(rows.text(row, 0) ?? "")/\(line + 1)"] = rows.text(row, 1) }
        }
        return expected
    }

    @Test(arguments: [1.0, 0.6])
    func `are what the orders and subscriptions come to, whatever the order in which their events come`(share: Double) async throws {
        let seed = OrderTests.seed, stories = Story.customers(34, seed: seed)
        let all = DeliveryPlan(seed: seed, duplicates: 0.2, semantics: .newest).deliveries(of: stories).sorted { $0.event.occurredAt < $1.event.occurredAt }
        // The whole of it, and one that breaks off in the middle of things.
        let deliveries = Array(all.prefix(Int(Double(all.count) * share)))
        let conninfo = try await TestDatabase.fresh()
        try await onThread {
            var random = SplitMix64(seed: seed)
            let entitlements = try Self.fulfil(deliveries, conninfo, &random)
            if share == 1 { #expect(Set(entitlements.map(\.type)).count == 4, "seed \(seed): all four kinds of event are among them") }
            let keys = deliveries.filter { $0.type.payload == .licenseKey || $0.type.payload == .entitlementGrant }.map { WrittenEvent($0) }
            let ledger = try Ledger(conninfo)
            for batch in batches(shuffled(entitlements + entitlements.someAgain(&random) + keys, &random), &random) { try ledger.apply(batch) }

            let expected = try Self.expected(ledger.connection)
            let rows = try ledger.connection.query("select licence_id, state from licensing.licences")
            var found = Dictionary(uniqueKeysWithValues: (0..<rows.rowCount).map { (rows.text($0, 0) ?? "", rows.text($0, 1) ?? "") })
            for (id, state) in expected { #expect(found.removeValue(forKey: id) == state, "seed \(seed): \(id)") }
            #expect(found.allSatisfy { $0.value == "revoked" }, "seed \(seed): lines beyond the quantity: \(found)")
            #expect(expected.count > 20 && Set(expected.values).count > 1, "seed \(seed): there is something to compare")
            try OrderTests.expectListenersAgree(ledger)

            try Self.expectDodoKeys(Truth(of: deliveries), deliveries, ledger, seed)
        }
    }

    /// Dodo's keys are good unless the grant that gave them was revoked.
    private static func expectDodoKeys(_ truth: Truth, _ deliveries: [Delivery], _ ledger: Ledger, _ seed: UInt64) throws {
        let grants = truth.statuses(of: .entitlementGrant)
        var expected: [String: String] = truth.statuses(of: .licenseKey)
        for delivery in deliveries where delivery.type.payload == .entitlementGrant {
            guard let match = String(decoding: delivery.body, as: UTF8.self).firstMatch(of: /"id":"(entg_[^"]+)".*"license_key":\{"id":"([^"]+)"/) else { continue }
            expected[String(match.2)] = grants[String(match.1)] == "Revoked" ? "disabled" : "active"
        }
        let rows = try ledger.connection.query("select dodo_key_id, status from licensing.dodo_keys")
        #expect(Dictionary(uniqueKeysWithValues: (0..<rows.rowCount).map { (rows.text($0, 0) ?? "", rows.text($0, 1) ?? "") }) == expected && !expected.isEmpty, "seed \(seed)")
    }
}

extension [WrittenEvent] {
    /// About a third of them, again.
    fileprivate func someAgain(_ random: inout SplitMix64) -> [WrittenEvent] { filter { _ in random.next() % 3 == 0 } }
}
