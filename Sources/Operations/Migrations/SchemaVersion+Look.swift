package import LibPQ

extension SchemaVersion {
    /// What a look at the database's schema found.
    package enum Finding: Sendable { case fits, unreachable(PostgresError) }

    /// Looks once, on a connection of its own.
    ///
    /// - Throws: `MigrationError` when the database answers and its schema is not the program's.
    @available(*, noasync, message: "blocks its thread")
    package static func look(_ conninfo: String, known: [Migration] = Migration.all) throws(MigrationError) -> Finding {
        let connection: Connection
        do throws(PostgresError) { connection = try Connection(conninfo, applicationName: "nicobar-schema-check") } catch {
            // A database that refuses us for good (no such role, no such database) is a setting to be mended; one that is away is waited for.
            guard error.isWorld else { throw .database(error) }
            return .unreachable(error)
        }
        defer { connection.close() }
        do throws(MigrationError) {
            try check(connection, known: known)
            return .fits
        } catch {
            if case .database(let cause) = error, cause.isWorld { return .unreachable(cause) }
            throw error
        }
    }
}
