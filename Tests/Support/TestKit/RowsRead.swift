package import LibPQ

extension Connection {
    /// What scans of tables and of indexes have given so far in this database: to this session, and to those that have told.
    package func rowsReadSoFar() throws(PostgresError) -> Int64 {
        // Otherwise counts are told once a second (PostgreSQL manual, 28.2.1).
        _ = try query("select pg_stat_force_next_flush()")
        return try query("select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables").int64(0, 0) ?? 0
    }
}
