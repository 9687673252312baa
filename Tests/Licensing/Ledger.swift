import Events
import Foundation
import LibPQ
@testable import Licensing
import TestKit
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

/// A database to which licensing's batches are applied.
final class Ledger {
    let desk: LicenceDesk
    private let stage: StageLedger
    var connection: Connection { stage.connection }

    init(_ conninfo: String, secret: MasterSecret = master, mode: Mode = .live) throws {
        let connection = try Connection(conninfo, applicationName: "licensing-tests")
        desk = try LicenceDesk(connection, secret, mode: mode)
        // The desk has prepared all statements of the handler.
        stage = try StageLedger(connection, LicensingHandler(secret, mode: mode), isPrepared: true)
    }

    /// Applies events in one transaction, or within the one that is open.
    ///
    /// - Returns: how many the statements called stale.
    @discardableResult
    func apply(_ events: [WrittenEvent], isOpen: Bool = false) throws -> Int { try stage.apply(events, isOpen: isOpen) }

    func apply(_ events: EntitlementEvent...) throws { try apply(events.map(\.written)) }

    /// What licensing knows, without what tells how it came to it: times, and the counters of changes.
    func state() throws -> String {
        let history = "'{updated_at,first_seen,created_at,revision,revocation_epoch,tokens_until,changed_at,operator_revoked_at}'::text[]"
        return try stage.rows(["entitlements", "licences", "dodo_keys", "dodo_key_facts"].map { table in
            ("licensing.\(table)", "to_jsonb(t) - " + (table == "entitlements" ? "'{updated_at}'::text[]" : history))
        })
    }

    func value(_ sql: String, _ parameters: String...) throws -> String? { try stage.value(sql, parameters) }

    /// The licences in short: `line state reason`.
    func licences() throws -> String? {
        try value("select string_agg(concat_ws(' ', licence_id, state, reason), ', ' order by licence_id) from licensing.licences")
    }

    /// The events that were told, in order: `ce_id type`.
    func told() throws -> String? {
        try value("select string_agg(id || ' ' || replace(type, 'nicobar.license.', ''), ', ' order by position) from worker.outbox")
    }
}
