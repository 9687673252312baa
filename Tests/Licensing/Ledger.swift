import Events
import Foundation
import LibCrypto
import LibPQ
@testable import Licensing
import Simulator
import Worker

/// The master secret of the tests; it belongs to nobody.
let masterText = Data("licensing-tests-master-secret-0123456789".utf8).base64EncodedString()
let master: MasterSecret = MasterSecret(encoded: masterText) ?? { fatalError("the tests' master secret is wrong") }()

/// An entitlement event as a test writes it down.
struct EntitlementEvent: Sendable, Equatable {
    var source = "sub_1", product = "pdt_1"
    var revision: Int64 = 1
    var state = "active"
    var reason: String? = nil
    var quantity = 1
    /// JSON; `null` for none.
    var policy = #"{"keys_per":"unit","activations":3,"token_days":30,"features":["pro"],"key_prefix":"ACME"}"#
    var validUntil: String? = "2027-01-01T00:00:00Z"
    var customer = "cus_1"
    /// Tells two deliveries of one event apart from two events.
    var name = "granted"

    var id: String { "\(source)/\(product)" }
    var body: String {
        let reason = reason.map { "\"\($0)\"" } ?? "null", until = validUntil.map { "\"\($0)\"" } ?? "null"
        return #"{"entitlement_id":"\#(id)","revision":\#(revision),"state":"\#(state)","reason":\#(reason),"business_id":"bus_1","customer_id":"\#(customer)","source_kind":"subscription","#
            + #""source_id":"\#(source)","order_id":null,"product_id":"\#(product)","quantity":\#(quantity),"features":["pro"],"valid_from":"2026-01-01T00:00:00Z","valid_until":\#(until),"#
            + #""licence_policy":\#(policy),"catalogue_version":7,"changed_at":"\#(Timestamp(seconds: 1_767_225_600 + revision))"}"#
    }

    var written: WrittenEvent { WrittenEvent("\(id)@\(revision)", type: "nicobar.entitlement.\(name)", body: body) }
}

/// An event with memory of its own.
struct WrittenEvent: Sendable {
    var webhookId: String
    var type: String?
    var body: [UInt8]
    var attemptSeconds: Int64

    init(_ webhookId: String, type: String?, body: String, attemptSeconds: Int64 = 1_767_225_600) {
        self.webhookId = webhookId
        self.type = type
        self.body = Array(body.utf8)
        self.attemptSeconds = attemptSeconds
    }

    /// Lends the event as the runtime would.
    func lend<Failure: Error>(_ take: (IncomingEvent) throws(Failure) -> Void) throws(Failure) {
        let id = Array(webhookId.utf8), name = Array((type ?? "").utf8)
        let result: Result<Void, Failure> = id.withUnsafeBytes { id in
            name.withUnsafeBytes { name in
                body.withUnsafeBytes { body in
                    withUnsafeBytes(of: SHA256.hash(body).bytes) { hash in
                        Result { () throws(Failure) in
                            try take(IncomingEvent(
                                webhookId: id, typeName: type == nil ? nil : name, body: body, eventTime: nil,
                                attemptTime: Timestamp(seconds: attemptSeconds), bodyHash: hash))
                        }
                    }
                }
            }
        }
        try result.get()
    }
}

/// A database to which batches are applied as the runtime applies them: begin, inbox, steps; then conclusions, commit.
final class Ledger {
    let connection: Connection
    let desk: LicenceDesk
    private let batch: any EventBatch
    private let ids = ColumnBuilder(.text), attempts = ColumnBuilder(.timestamptz), hashes = ColumnBuilder(.bytea)

    init(_ conninfo: String, secret: MasterSecret = master, mode: Mode = .live) throws {
        connection = try Connection(conninfo, applicationName: "licensing-tests")
        // The desk prepares all statements of the handler.
        desk = try LicenceDesk(connection, secret, mode: mode)
        batch = LicensingHandler(secret, mode: mode).makeBatch()
    }

    /// Applies events in one transaction, or within the one that is open.
    ///
    /// - Returns: how many the statements called stale.
    @discardableResult
    func apply(_ events: [WrittenEvent], transaction: Bool = true) throws -> Int {
        batch.reset()
        for column in [ids, attempts, hashes] { column.reset() }
        for event in events {
            try event.lend { (lent) throws(RecordFault) in
                try batch.add(lent)
                ids.append(bytes: lent.webhookId)
                attempts.append(lent.attemptTime.microseconds)
                hashes.append(bytes: lent.bodyHash)
            }
        }
        let inbox = PipelineStep(
            sql: """
                insert into worker.inbox (worker, webhook_id, topic, partition, kafka_offset, attempt_at, body_hash, outcome)
                select distinct on (id) 'licensing', id, 't', 0, 0, attempt_at, hash, 'applied' from unnest($1::text[], $2::timestamptz[], $3::bytea[]) as e (id, attempt_at, hash)
                order by id, attempt_at desc
                on conflict do nothing
                """, [.array(ids), .array(attempts), .array(hashes)])
        let begin = transaction ? [PipelineStep(sql: "begin")] : [], commit = transaction ? [PipelineStep(sql: "commit")] : []
        let results = try connection.pipeline(begin + [inbox] + batch.steps())
        do throws(PostgresError) {
            try connection.pipeline((batch.decides ? batch.conclusions(from: results[(begin.count + 1)...]) : []) + commit)
        } catch {
            if transaction { try connection.execute("rollback") }
            throw error
        }
        return results.reduce(0) { sum, result in sum + Int(result.column(named: "stale").flatMap { result.int64(0, $0) } ?? 0) }
    }

    func apply(_ events: EntitlementEvent...) throws { try apply(events.map(\.written)) }

    /// What licensing knows, without what tells how it came to it: times, and the counters of changes.
    func state() throws -> String {
        let history = "'{updated_at,first_seen,created_at,revision,revocation_epoch,tokens_until,changed_at,operator_revoked_at}'::text[]"
        let tables = ["entitlements", "licences", "dodo_keys", "dodo_key_facts"].map { table in
            "select '\(table)' as name, coalesce(string_agg(row, E'\\n' order by row), '') as rows from (select (to_jsonb(t) - "
                + (table == "entitlements" ? "'{updated_at}'::text[]" : history) + ")::text as row from licensing.\(table) t) r"
        }
        let rows = try connection.query(tables.joined(separator: " union all "))
        return (0..<rows.rowCount).map { (rows.text($0, 0) ?? "") + ":\n" + (rows.text($0, 1) ?? "") }.joined(separator: "\n")
    }

    func value(_ sql: String, _ parameters: String...) throws -> String? {
        let rows = try connection.query(sql, parameters.map { .text($0) })
        return rows.rowCount == 0 ? nil : rows.text(0, 0)
    }

    /// The licences in short: `line state reason`.
    func licences() throws -> String? {
        try value("select string_agg(concat_ws(' ', licence_id, state, reason), ', ' order by licence_id) from licensing.licences")
    }

    /// The events that were told, in order: `ce_id type`.
    func told() throws -> String? {
        try value("select string_agg(id || ' ' || replace(type, 'nicobar.license.', ''), ', ' order by position) from worker.outbox")
    }
}

func shuffled<Element>(_ elements: [Element], _ random: inout SplitMix64) -> [Element] {
    var elements = elements
    for index in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(index, Int(random.next() % UInt64(index + 1))) }
    return elements
}
