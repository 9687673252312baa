package import LibPQ

/// How far the workers have come with the catalogue in force: what `nicobar doctor` says of it.
package struct CatalogueStanding: Sendable, Equatable {
    /// The highest version under which anything was concluded; 0 for none.
    package var newestConcluded: Int64
    /// Payments and subscriptions whose time to be concluded again has come, counted up to 10,000.
    package var due: Int64
    /// For how long the first of them has waited, in seconds.
    package var dueForSeconds: Int64
}

extension CatalogueStore {
    /// Reads every entitlement once.
    @available(*, noasync, message: "blocks its thread")
    package func standing() throws(PostgresError) -> CatalogueStanding {
        let rows = try connection.query("""
            select (select coalesce(max(catalogue_version), 0) from fulfilment.entitlements), count(*), coalesce(extract(epoch from now() - min(due_at)), 0)::bigint
              from (select due_at from fulfilment.subjects where due_at <= now() order by due_at limit 10000) due
            """)
        return CatalogueStanding(newestConcluded: rows.int64(0, 0) ?? 0, due: rows.int64(0, 1) ?? 0, dueForSeconds: rows.int64(0, 2) ?? 0)
    }
}
