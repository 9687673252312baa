import Events
import Foundation
import Fulfilment
import LibCrypto
import LibPQ
import Simulator
import Worker

/// An event as a test writes it down, with memory of its own.
struct WrittenEvent: Sendable {
    var webhookId: String
    var type: String
    var body: [UInt8]
    var attemptSeconds: Int64

    init(_ webhookId: String, type: String, body: [UInt8], attemptSeconds: Int64 = 1_767_225_600) {
        self.webhookId = webhookId
        self.type = type
        self.body = body
        self.attemptSeconds = attemptSeconds
    }

    /// - Parameters:
    ///   - at: when it happened; the first attempt is made in the same second.
    ///   - data: JSON.
    init(_ webhookId: String, _ type: String, at time: Timestamp, attempt: Int64 = 0, _ data: String) {
        self.init(
            webhookId, type: type, body: Array(#"{"business_id":"bus_1","type":"\#(type)","timestamp":"\#(time)","data":\#(data)}"#.utf8),
            attemptSeconds: time.microseconds / 1_000_000 + attempt)
    }

    init(_ delivery: Delivery) {
        self.init(delivery.webhookId, type: delivery.typeName, body: delivery.body, attemptSeconds: delivery.attemptTimestamp)
    }

    /// Lends the event as the runtime would.
    func lend<Failure: Error>(_ take: (IncomingEvent) throws(Failure) -> Void) throws(Failure) {
        let id = Array(webhookId.utf8), name = Array(type.utf8)
        let result: Result<Void, Failure> = id.withUnsafeBytes { id in
            name.withUnsafeBytes { name in
                body.withUnsafeBytes { body in
                    withUnsafeBytes(of: SHA256.hash(body).bytes) { hash in
                        Result { () throws(Failure) in
                            try take(IncomingEvent(
                                webhookId: id, typeName: type.isEmpty ? nil : name, body: body, eventTime: nil,
                                attemptTime: Timestamp(seconds: attemptSeconds), bodyHash: hash))
                        }
                    }
                }
            }
        }
        try result.get()
    }
}

/// A database to which batches are applied as the runtime applies them: inbox first, then the handler's steps, then its conclusions.
final class Ledger {
    let connection: Connection
    private let handler: FulfilmentHandler
    private let batch: any EventBatch
    private let ids = ColumnBuilder(.text), attempts = ColumnBuilder(.timestamptz), hashes = ColumnBuilder(.bytea)

    init(_ conninfo: String, now: Timestamp?) throws {
        connection = try Connection(conninfo, applicationName: "fulfilment-tests")
        handler = FulfilmentHandler(mode: .live, now: now)
        for (name, sql) in LaneTransaction.statements(of: handler) { try connection.prepare(name, sql) }
        batch = handler.makeBatch()
    }

    /// What was noticed by what was applied last.
    var notices: [Notice] { batch.notices }

    /// Applies events in one transaction, or within the one that is open. What fulfilment does not take is left out, as its topics are.
    ///
    /// - Parameter waits: whether to try again for as long as the world is in the way, as the runtime does; gives the SQLSTATEs met.
    @discardableResult
    func apply(_ events: [WrittenEvent], inTransaction: Bool = false, waits: Bool = false) throws -> [String] {
        var met: [String] = []
        while true {
            do throws(PostgresError) {
                try attempt(events, inTransaction)
                return met
            } catch {
                guard waits, error.isWorld, met.count < 1000 else { throw error }
                met.append(error.sqlstate ?? "none")
                // Two that collided back off, as the applier does; nothing signals that the other is done.
                usleep(.random(in: 500...5000))
            }
        }
    }

    private func attempt(_ events: [WrittenEvent], _ inTransaction: Bool) throws(PostgresError) {
        batch.reset()
        for column in [ids, attempts, hashes] { column.reset() }
        for event in events where Self.consumes(event) {
            do throws(RecordFault) {
                try event.lend { (lent) throws(RecordFault) in
                    try batch.add(lent)
                    ids.append(bytes: lent.webhookId)
                    attempts.append(lent.attemptTime.microseconds)
                    hashes.append(bytes: lent.bodyHash)
                }
            } catch { preconditionFailure("a test's event is at fault: \(error)") }
        }
        let inbox = PipelineStep(
            sql: """
                insert into worker.inbox (worker, webhook_id, topic, partition, kafka_offset, attempt_at, body_hash, outcome)
                select distinct on (id) 'fulfilment', id, 't', 0, 0, attempt_at, hash, 'applied' from unnest($1::text[], $2::timestamptz[], $3::bytea[]) as e (id, attempt_at, hash)
                order by id, attempt_at desc
                on conflict do nothing
                """, [.array(ids), .array(attempts), .array(hashes)])
        let head = inTransaction ? [inbox] : [PipelineStep(sql: "begin"), inbox]
        let results = try connection.pipeline(head + batch.steps())
        let conclusions = batch.decides ? batch.conclusions(from: results[head.count...]) : []
        do throws(PostgresError) {
            try connection.pipeline(conclusions + (inTransaction ? [] : [PipelineStep(sql: "commit")]))
        } catch {
            if !inTransaction, connection.isHealthy { try connection.execute("rollback") }
            throw error
        }
    }

    private static func consumes(_ event: WrittenEvent) -> Bool {
        EventType(rawValue: event.type).map { FulfilmentHandler.consumes($0) } ?? true
    }

    /// Sweeps until nothing is due.
    func sweep(limit: Int = 50) throws -> Int {
        guard let sweep = handler.makeSweep() else { return 0 }
        var total = 0
        while true {
            let count = try Sweeper.sweep(sweep, limit: limit, on: connection)
            if count == 0 { return total }
            total += count
        }
    }

    /// What was concluded, without what depends on how often and when: revisions, times of change, first grant.
    func state() throws -> String {
        // The handler's transactions forbid what these questions want: to read tables whole.
        try connection.execute("set enable_seqscan = on")
        return try rows("to_jsonb(t) - '{revision,changed_at,created_at,granted_at}'::text[]", ["orders", "order_lines", "periods", "entitlements"])
    }

    /// All the facts, without the times at which they were stored.
    func facts() throws -> String {
        try rows("to_jsonb(t) - '{updated_at}'::text[]", ["payments", "subscriptions", "subscription_terms", "refunds", "disputes", "shared_payments", "subjects"])
    }

    private func rows(_ form: String, _ tables: [String]) throws -> String {
        let parts = tables.map { "select '\($0)' as name, coalesce(string_agg(row, E'\\n' order by row), '') from (select (\(form))::text as row from fulfilment.\($0) t) r" }
        let found = try connection.query(parts.joined(separator: " union all ") + " order by 1")
        return (0..<found.rowCount).map { "\(found.text($0, 0) ?? ""):\n\(found.text($0, 1) ?? "")" }.joined(separator: "\n")
    }

    /// Of every entity the body with the highest revision among the events that were told: what a consumer of the topics knows in the end.
    func told() throws -> String {
        try connection.execute("set enable_seqscan = on")
        let found = try connection.query("""
            select coalesce(string_agg((body - '{revision,changed_at,catalogue_version}'::text[])::text, E'\\n' order by id), '') from (
                select distinct on (id) id, body from (
                    select split_part(id, '@', 1) as id, convert_from(body, 'UTF8')::jsonb as body from worker.outbox) e
                order by id, (body ->> 'revision')::bigint desc) newest
            """)
        return found.text(0, 0) ?? ""
    }

    /// The same from the tables: what such a consumer ought to know.
    func ought() throws -> String {
        let found = try connection.query("""
            select coalesce(string_agg(body::text, E'\\n' order by id), '') from (
                select entitlement_id as id, jsonb_build_object(
                    'entitlement_id', entitlement_id, 'state', state, 'reason', reason, 'business_id', business_id, 'customer_id', customer_id,
                    'source_kind', source_kind, 'source_id', source_id, 'order_id', order_id, 'product_id', product_id, 'quantity', quantity,
                    'features', features::jsonb, 'valid_from', \(Self.time("valid_from")), 'valid_until', \(Self.time("valid_until")),
                    'licence_policy', licence_policy::jsonb) as body from fulfilment.entitlements
                union all
                select payment_id, jsonb_build_object(
                    'order_id', payment_id, 'state', state, 'business_id', business_id, 'customer_id', customer_id, 'payment_id', payment_id,
                    'subscription_id', (select nullif(home_id, p.payment_id) from fulfilment.payments p where p.payment_id = o.payment_id),
                    'checkout_session_id', checkout_session_id, 'charge_type', charge_type, 'currency', currency, 'total_amount', total_amount,
                    'refunded_amount', refunded_amount, 'paid_at', \(Self.time("paid_at")),
                    'lines', (select coalesce(jsonb_agg(jsonb_build_object(
                        'product_id', product_id, 'quantity', quantity, 'subscription_id', subscription_id, 'starts_at', \(Self.time("starts_at")),
                        'ends_at', \(Self.time("ends_at"))) order by line), '[]') from fulfilment.order_lines l where l.payment_id = o.payment_id)) as body
                  from fulfilment.orders o where state <> 'received') t
            """)
        return found.text(0, 0) ?? ""
    }

    private static func time(_ column: String) -> String { "to_char(\(column) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')" }

    func value(_ sql: String, _ parameters: String...) throws -> String? {
        let rows = try connection.query(sql, parameters.map { .text($0) })
        return rows.rowCount == 0 ? nil : rows.text(0, 0)
    }
}
