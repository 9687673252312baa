import Billing
import Events
import LibCrypto
import LibPQ
import Simulator
import Worker

/// An event as a test writes it down, with memory of its own.
struct WrittenEvent {
    var webhookId: String
    var type: String?
    var body: [UInt8]
    var attemptSeconds: Int64
    var unrecognisedReason: String?

    init(_ webhookId: String, type: String?, body: [UInt8], attemptSeconds: Int64 = 1_767_225_600, unrecognisedReason: String? = nil) {
        self.webhookId = webhookId
        self.type = type
        self.body = body
        self.attemptSeconds = attemptSeconds
        self.unrecognisedReason = unrecognisedReason
    }

    init(_ delivery: Delivery) {
        self.init(delivery.webhookId, type: delivery.typeName, body: delivery.body, attemptSeconds: delivery.attemptTimestamp)
    }

    /// Lends the event as the runtime would.
    func lend<Failure: Error>(_ take: (IncomingEvent) throws(Failure) -> Void) throws(Failure) {
        let id = Array(webhookId.utf8), name = Array((type ?? "").utf8), reason = Array((unrecognisedReason ?? "").utf8)
        let result: Result<Void, Failure> = id.withUnsafeBytes { id in
            name.withUnsafeBytes { name in
                reason.withUnsafeBytes { reason in
                    body.withUnsafeBytes { body in
                        withUnsafeBytes(of: SHA256.hash(body).bytes) { hash in
                            Result { () throws(Failure) in
                                try take(IncomingEvent(
                                    webhookId: id, typeName: type == nil ? nil : name, body: body, eventTime: nil,
                                    attemptTime: Timestamp(seconds: attemptSeconds), bodyHash: hash,
                                    unrecognisedReason: unrecognisedReason == nil ? nil : reason))
                            }
                        }
                    }
                }
            }
        }
        try result.get()
    }
}

/// A database with the billing statements prepared, to which batches are applied as the runtime applies them: inbox first, then the handler's steps.
final class Ledger {
    let connection: Connection
    private let batch: any EventBatch
    private let ids = ColumnBuilder(.text), attempts = ColumnBuilder(.timestamptz), hashes = ColumnBuilder(.bytea), outcomes = ColumnBuilder(.text)

    init(_ conninfo: String) throws {
        connection = try Connection(conninfo, applicationName: "billing-tests")
        let handler = BillingHandler()
        for (name, sql) in handler.statements { try connection.prepare(name, sql) }
        batch = handler.makeBatch()
    }

    /// Applies events in one transaction, or within the one that is open.
    ///
    /// - Returns: how many the statements called stale.
    @discardableResult
    func apply(_ events: [WrittenEvent]) throws -> Int {
        batch.reset()
        for column in [ids, attempts, hashes, outcomes] { column.reset() }
        for event in events {
            try event.lend { (lent) throws(RecordFault) in
                try batch.add(lent)
                ids.append(bytes: lent.webhookId)
                attempts.append(lent.attemptTime.microseconds)
                hashes.append(bytes: lent.bodyHash)
                outcomes.append(batch.lastIsStale ? "stale" : "applied")
            }
        }
        let inbox = PipelineStep(
            sql: """
                insert into worker.inbox (worker, webhook_id, topic, partition, kafka_offset, attempt_at, body_hash, outcome)
                select distinct on (id) 'billing', id, 't', 0, 0, attempt_at, hash, outcome
                  from unnest($1::text[], $2::timestamptz[], $3::bytea[], $4::text[]) as e (id, attempt_at, hash, outcome)
                 order by id, attempt_at desc, outcome
                on conflict do nothing
                """, [.array(ids), .array(attempts), .array(hashes), .array(outcomes)])
        let results = try connection.pipeline([inbox] + batch.steps())
        return results.dropFirst().reduce(0) { $0 + Int($1.int64(0, $1.column(named: "stale") ?? 0) ?? 0) }
    }

    /// Everything that billing knows, without the times at which it was told.
    func state() throws -> String {
        let tables = try connection.query("select tablename::text from pg_tables where schemaname = 'billing' order by 1")
        let parts = (0..<tables.rowCount).compactMap { tables.text($0, 0) }.map { table in
            "select '\(table)' as name, coalesce(string_agg(row, E'\\n' order by row), '') as rows "
                + "from (select (to_jsonb(t) - 'first_seen' - 'updated_at')::text as row from billing.\(table) t) r"
        }
        let rows = try connection.query(parts.joined(separator: " union all "))
        return (0..<rows.rowCount).map { (rows.text($0, 0) ?? "") + ":\n" + (rows.text($0, 1) ?? "") }.joined(separator: "\n")
    }

    func value(_ sql: String, _ parameters: String...) throws -> String? {
        let rows = try connection.query(sql, parameters.map { .text($0) })
        return rows.rowCount == 0 ? nil : rows.text(0, 0)
    }
}
