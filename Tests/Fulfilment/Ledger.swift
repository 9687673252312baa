import Events
import Foundation
import Fulfilment
import LibPQ
import TestKit
import Worker

/// A database to which fulfilment's batches are applied.
final class Ledger {
    private let stage: StageLedger
    var connection: Connection { stage.connection }

    init(_ conninfo: String, now: Timestamp?) throws {
        stage = try StageLedger(try Connection(conninfo, applicationName: "fulfilment-tests"), FulfilmentHandler(mode: .live, now: now))
    }

    /// What was noticed by what was applied last.
    var notices: [Notice] { stage.notices }

    /// Applies events in one transaction, or within the one that is open. What fulfilment does not take is left out, as its topics are.
    ///
    /// - Parameter waits: whether to try again for as long as the world is in the way, as the runtime does; gives the SQLSTATEs met.
    @discardableResult
    func apply(_ events: [WrittenEvent], isOpen: Bool = false, waits: Bool = false) throws -> [String] {
        let events = events.filter { Self.consumes($0) }
        var met: [String] = []
        while true {
            do {
                try stage.apply(events, isOpen: isOpen)
                return met
            } catch let error as PostgresError {
                guard waits, error.isWorld, met.count < 1000 else { throw error }
                met.append(error.sqlstate ?? "none")
                // Two that collided back off, as the applier does; nothing signals that the other is done.
                usleep(.random(in: 500...5000))
            }
        }
    }

    private static func consumes(_ event: WrittenEvent) -> Bool {
        event.type.flatMap { EventType(rawValue: $0) }.map { FulfilmentHandler.consumes($0) } ?? true
    }

    /// Sweeps until nothing is due.
    func sweep(limit: Int = 50) throws -> Int { try stage.sweep(limit: limit) }

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

    private func rows(_ form: String, _ tables: [String]) throws -> String { try stage.rows(tables.map { ("fulfilment.\($0)", form) }) }

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

    func value(_ sql: String, _ parameters: String...) throws -> String? { try stage.value(sql, parameters) }
}
