import Events
import Foundation
import LibPQ
import RdKafka
package import Simulator
import Surroundings

/// Says what is wrong in the end, from plain SQL, Kafka's offsets and what the simulator knows; it shares no code with the workers.
package struct Oracle: Sendable {
    private let database: String

    package init(database: String) { self.database = database }

    /// Where each kind of entity is kept, and what its status is called there.
    private static let tables: [(kind: PayloadKind, table: String, id: String, status: String)] = [
        (.payment, "payments", "payment_id", "status"), (.subscription, "subscriptions", "subscription_id", "status"),
        (.refund, "refunds", "refund_id", "status"), (.dispute, "disputes", "dispute_id", "dispute_status"),
        (.payout, "payouts", "payout_id", "status"), (.licenseKey, "dodo_license_keys", "id", "status"),
        (.entitlementGrant, "entitlement_grants", "id", "status"), (.creditLedgerEntry, "credit_ledger_entries", "id", "transaction_type"),
        (.abandonedCheckout, "abandoned_checkouts", "payment_id", "status"),
    ]

    /// Rows of a query, each value as text, null as an empty one.
    func rows(_ sql: String) async throws -> [[String]] {
        let database = database
        return try await OwnThread.run {
            let connection = try Connection(database, applicationName: "nicobar-torture")
            defer { connection.close() }
            let result = try connection.query(sql, [])
            return (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.text(row, $0) ?? "" } }
        }
    }

    /// How many of Dodo's events the workers have dealt with, each for itself; what they told one another is not counted.
    func handled() async throws -> Int {
        Int(try await rows("select count(*) from worker.inbox where webhook_id not like '%/%@%'").first?.first ?? "") ?? 0
    }

    /// Compares.
    ///
    /// - Parameters:
    ///   - deliveries: good ones, all of which were answered 2xx at last.
    ///   - poison: bodies that can never be applied and were answered 2xx, by their ids.
    ///   - told: what stands on the `nicobar.*` topics; licensing takes some of it.
    /// - Returns: one sentence for each kind of fault; empty when all is as it must be.
    package func faults(_ deliveries: [Delivery], poison: [String: Poison], told: ToldEvents) async throws -> [String] {
        var faults: [String] = []
        for reader in Reader.allCases { faults += try await lostOrDoubled(deliveries, poison, told, reader).map { "\(reader.rawValue): \($0)" } }
        return faults + (try await untrue(deliveries)) + (try await history(deliveries)) + (try await setbacks())
    }

    private func lostOrDoubled(_ deliveries: [Delivery], _ poison: [String: Poison], _ told: ToldEvents, _ reader: Reader) async throws -> [String] {
        var faults: [String] = []
        let inbox = try await rows("select webhook_id, outcome from worker.inbox where worker = '\(reader.rawValue)'")
        let letters = try await rows("select webhook_id, encode(body, 'hex'), state, reason from worker.dead_letters where worker = '\(reader.rawValue)'")
        let bad = Set(poison.filter { $0.value.readers.contains(reader) }.keys)
        let good = Set(deliveries.filter { reader.takes($0.type) }.map(\.webhookId)).union(reader == .licensing ? told.entitlementIds : [])
        let applied = Set(inbox.filter { $0[1] != "dead-lettered" }.map { $0[0] }), parked = Set(letters.map { $0[0] })
        Self.note(&faults, good.subtracting(applied).subtracting(parked), "answered 2xx and LOST: neither in the inbox nor a dead letter")
        Self.note(&faults, good.intersection(parked), "good and yet dead letters")
        Self.note(&faults, bad.subtracting(parked), "answered 2xx, unusable, and no dead letter: LOST")
        Self.note(&faults, applied.subtracting(good), "in the inbox although nobody sent them")
        Self.note(&faults, parked.subtracting(bad).subtracting(good), "dead letters although nobody sent them")
        if inbox.count != Set(inbox.map { $0[0] }).count { faults.append("an id has two inbox rows") }
        if letters.count != parked.count { faults.append("an id has two dead letters") }
        let altered = letters.filter { letter in poison[letter[0]].map { $0.body.map { String(format: "%02x", $0) }.joined() != letter[1] } ?? false }
        Self.note(&faults, Set(altered.map { $0[0] }), "dead letters whose bytes are not those that were sent")
        return faults
    }

    /// Every entity's status and the time of the event it comes from.
    private func untrue(_ deliveries: [Delivery]) async throws -> [String] {
        var faults: [String] = []
        let truth = Truth(of: deliveries)
        var newest: [PayloadKind: [String: Int64]] = [:]
        for delivery in deliveries {
            let id = delivery.story.entity(of: delivery.event).id
            newest[delivery.type.payload, default: [:]][id] = max(newest[delivery.type.payload]?[id] ?? 0, delivery.event.occurredAt)
        }
        for (kind, table, id, status) in Self.tables {
            let found = try await rows("select \(id), \(status), (extract(epoch from event_at) * 1000000)::bigint from billing.\(table)")
            let expected = truth.statuses(of: kind)
            let statuses = Dictionary(found.map { ($0[0], $0[1]) }) { first, _ in first }
            Self.note(&faults, Set(expected.filter { statuses[$0.key] == nil }.keys), "missing from billing.\(table)")
            Self.note(&faults, Set(statuses.keys).subtracting(expected.keys), "in billing.\(table) although they never were")
            Self.note(&faults, Set(expected.filter { statuses[$0.key] != nil && statuses[$0.key] != $0.value }.keys), "in billing.\(table) with another status than the truth")
            let late = found.filter { row in newest[kind]?[row[0]].map { String($0) != row[2] } ?? false }
            Self.note(&faults, Set(late.map { $0[0] }), "in billing.\(table) not from their newest event")
        }
        return faults
    }

    private func history(_ deliveries: [Delivery]) async throws -> [String] {
        var faults: [String] = []
        let rows = try await rows("select webhook_id from billing.subscription_history").map { $0[0] }
        let expected = Set(deliveries.filter { $0.type.payload == .subscription }.map(\.webhookId))
        Self.note(&faults, expected.subtracting(rows), "without their row in subscription_history")
        Self.note(&faults, Set(rows).subtracting(expected), "in subscription_history although they never were")
        if rows.count != Set(rows).count { faults.append("an event has two rows in subscription_history") }
        return faults
    }

    /// What the flight recorder saw, if one ran.
    private func setbacks() async throws -> [String] {
        guard try await rows("select to_regclass('torture.setbacks') is not null").first?.first == "t" else { return [] }
        let seen = try await rows("select at, worker, lane, epoch, topic, was, became from torture.setbacks order by at limit 1000")
        guard let first = seen.first else { return [] }
        return ["\(seen.count) times somebody wrote to a lane that was another's (first: \(first.joined(separator: ", ")))"]
    }

    /// Which lanes are not committed to their ends, and whether the group is shared out.
    func behind(group: String, _ servers: String, _ topics: [String]) async -> [String] {
        do throws(KafkaError) { return try await lag(group, servers, topics) } catch { return ["Kafka cannot be asked: \(error)"] }
    }

    private func lag(_ group: String, _ servers: String, _ topics: [String]) async throws(KafkaError) -> [String] {
        let admin = try Admin(["bootstrap.servers": servers])
        let partitions = try await admin.metadata().topics.filter { topics.contains($0.name) }
            .flatMap { topic in topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.id) } }
        let ends = try await admin.watermarks(partitions)
        let committed = Dictionary(try await admin.committed(by: group, partitions).map { ($0.topicPartition, $0.offset) }) { first, _ in first }
        var behind = partitions.compactMap { partition -> String? in
            guard let high = ends[partition]?.high, high > 0, committed[partition] != high else { return nil }
            return "\(partition): committed \(committed[partition].map(String.init) ?? "nothing") of \(high)"
        }
        if try await admin.group(group)?.state != "Stable" { behind.append("the group is not stable") }
        return behind
    }

    static func note(_ faults: inout [String], _ ids: Set<String>, _ what: String) {
        guard !ids.isEmpty else { return }
        faults.append("\(ids.count) \(what): \(ids.sorted().prefix(3).joined(separator: ", "))\(ids.count > 3 ? ", …" : "")")
    }
}
