import LibPQ

extension StageLedger {
    /// The most rows that one event made PostgreSQL read, on plans that were made and kept while the tables were small.
    ///
    /// - Parameters:
    ///   - few: applied in one batch before anything else, as by a worker that finds a backlog.
    ///   - early: applied one by one, enough of them for every statement's plan to be kept.
    ///   - many: applied by `other`: now the tables are large, and PostgreSQL has not counted them yet.
    ///   - late: applied one by one, each counted.
    package func mostRowsRead(
        few: [WrittenEvent] = [], early: [WrittenEvent], many: [WrittenEvent], other: StageLedger, late: [WrittenEvent]
    ) throws -> Int64 {
        try apply(hundreds: few)
        for event in early { try apply([event]) }
        try other.apply(hundreds: many)
        _ = try other.rowsReadSoFar()
        var most: Int64 = 0
        for event in late {
            let before = try rowsReadSoFar()
            try apply([event])
            most = max(most, try rowsReadSoFar() - before)
        }
        return most
    }

    private func apply(hundreds events: [WrittenEvent]) throws {
        for start in stride(from: 0, to: events.count, by: 500) { try apply(Array(events[start..<min(start + 500, events.count)])) }
    }

    /// What scans of tables and of indexes have given so far, in this database.
    private func rowsReadSoFar() throws(PostgresError) -> Int64 {
        // Otherwise counts are told once a second (PostgreSQL manual, 28.2.1).
        _ = try connection.query("select pg_stat_force_next_flush()")
        let sum = try connection.query("select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables")
        return sum.int64(0, 0) ?? 0
    }
}
