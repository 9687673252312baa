import LibPQ

extension Connection {
    /// Makes every plan of this connection one that looks rows up, and one that serves every batch (decision 0009).
    ///
    /// Whatever a worker asks, it asks by key. Its plans are made when it starts, often while tables are small or not yet counted, and kept; left to itself such a
    /// plan reads whole tables for each batch until PostgreSQL counts them next. None of it is worth compiling.
    @available(*, noasync, message: "blocks its thread")
    func lookRowsUp() throws(PostgresError) { try execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set jit = off") }
}
