import Billing
import LibPQ
import TestKit

/// A database to which billing's batches are applied.
final class Ledger {
    private let stage: StageLedger
    var connection: Connection { stage.connection }

    init(_ conninfo: String) throws { stage = try StageLedger(try Connection(conninfo, applicationName: "billing-tests"), BillingHandler()) }

    /// Applies events in one transaction, or within the one that is open.
    ///
    /// - Returns: how many the statements called stale.
    @discardableResult
    func apply(_ events: [WrittenEvent], isOpen: Bool = false) throws -> Int { try stage.apply(events, isOpen: isOpen) }

    /// Everything that billing knows, without the times at which it was told.
    func state() throws -> String {
        let tables = try connection.query("select tablename::text from pg_tables where schemaname = 'billing' order by 1")
        return try stage.rows((0..<tables.rowCount).compactMap { tables.text($0, 0) }.map { ("billing.\($0)", "to_jsonb(t) - 'first_seen' - 'updated_at'") })
    }

    func value(_ sql: String, _ parameters: String...) throws -> String? { try stage.value(sql, parameters) }
}
