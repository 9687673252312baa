import Events
package import LibPQ
package import Worker

/// A database to which a stage's batches are applied as the runtime applies them: begin, inbox, the steps; then the conclusions and the commit. One thread.
package final class StageLedger {
    package let connection: Connection
    private let handler: any EventHandler
    private let batch: any EventBatch
    private let ids = ColumnBuilder(.text), attempts = ColumnBuilder(.timestamptz), hashes = ColumnBuilder(.bytea), outcomes = ColumnBuilder(.text)

    /// - Parameter isPrepared: whether the connection knows the handler's statements already.
    package init(_ connection: Connection, _ handler: any EventHandler, isPrepared: Bool = false) throws(PostgresError) {
        self.connection = connection
        self.handler = handler
        if !isPrepared { try LaneTransaction.prepare(connection, for: handler) }
        batch = handler.makeBatch()
    }

    /// What was noticed by what was applied last.
    package var notices: [Notice] { batch.notices }

    /// Applies events.
    ///
    /// - Parameter isOpen: whether a transaction is open already, which then stays so.
    /// - Returns: how many of the events the statements called stale.
    /// - Throws: `RecordFault` for the first event that cannot be read, before anything is sent; `PostgresError`, and the own transaction is rolled back.
    @discardableResult
    package func apply(_ events: [WrittenEvent], isOpen: Bool = false) throws -> Int {
        batch.reset()
        for column in [ids, attempts, hashes, outcomes] { column.reset() }
        for event in events {
            try event.lend { (lent) throws(RecordFault) in
                try batch.add(lent)
                ids.append(bytes: lent.webhookId)
                attempts.append(lent.attemptTime.microseconds)
                hashes.append(bytes: lent.bodyHash)
                outcomes.append(batch.lastIsIgnored ? "ignored" : batch.lastIsStale ? "stale" : "applied")
            }
        }
        do throws(PostgresError) { return try run(isOpen) } catch {
            if !isOpen, connection.isHealthy { try connection.execute("rollback") }
            throw error
        }
    }

    private func run(_ isOpen: Bool) throws(PostgresError) -> Int {
        let inbox = PipelineStep(
            sql: """
                insert into worker.inbox (worker, webhook_id, topic, partition, kafka_offset, attempt_at, body_hash, outcome)
                select distinct on (id) $1, id, 't', 0, 0, attempt_at, hash, outcome
                  from unnest($2::text[], $3::timestamptz[], $4::bytea[], $5::text[]) as e (id, attempt_at, hash, outcome)
                 order by id, attempt_at desc, outcome
                on conflict do nothing
                """, [.text(handler.worker), .array(ids), .array(attempts), .array(hashes), .array(outcomes)])
        let head = isOpen ? [inbox] : [PipelineStep(sql: "begin"), inbox]
        let results = try connection.pipeline(head + batch.steps())
        let conclusions = batch.decides ? batch.conclusions(from: results[head.count...]) : []
        try connection.pipeline(conclusions + (isOpen ? [] : [PipelineStep(sql: "commit")]))
        return results.reduce(0) { sum, result in sum + Int(result.column(named: "stale").flatMap { result.int64(0, $0) } ?? 0) }
    }

    /// Sweeps until nothing is due.
    package func sweep(limit: Int = 50) throws(PostgresError) -> Int {
        guard let sweep = handler.makeSweep() else { return 0 }
        var total = 0
        while case let count = try Sweeper.sweep(sweep, limit: limit, on: connection), count > 0 { total += count }
        return total
    }

    /// What tables hold, in an order that does not depend on how it came there.
    ///
    /// - Parameters:
    ///   - forms: of each table, by its full name, the row as jsonb; the row is `t`.
    package func rows(_ forms: [(table: String, form: String)]) throws(PostgresError) -> String {
        let parts = forms.map { table, form in
            "select '\(table)' as name, coalesce(string_agg(row, E'\\n' order by row), '') as rows from (select (\(form))::text as row from \(table) t) r"
        }
        let rows = try connection.query(parts.joined(separator: " union all ") + " order by 1")
        return (0..<rows.rowCount).map { (rows.text($0, 0) ?? "") + ":\n" + (rows.text($0, 1) ?? "") }.joined(separator: "\n")
    }

    /// The first column of the first row; nil when there is none or it is null.
    package func value(_ sql: String, _ parameters: [String] = []) throws(PostgresError) -> String? {
        let rows = try connection.query(sql, parameters.map { .text($0) })
        return rows.rowCount == 0 ? nil : rows.text(0, 0)
    }
}
