package import LibPQ

/// Why a schema is not brought, or not used, as it is. One line each, that says what to do.
package enum MigrationError: Error, Sendable, Equatable {
    /// The program needs migrations that the database does not have.
    case missing([String])
    /// The database has migrations that the program does not know.
    case unknown([String])
    /// A migration was changed after it was applied.
    case changed(String)
    /// A migration stands between applied ones and is not applied itself.
    case gap(String)
    /// Another `nicobar migrate` is at work and did not end in time.
    case busy(seconds: Int)
    /// The SQL of a migration failed; nothing of that migration is in the database.
    case failed(String, PostgresError)
    case database(PostgresError)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let titles):
            "the database has no migration \(Self.list(titles)), which this program needs; run: nicobar migrate up"
        case .unknown(let titles):
            "the database has migration \(Self.list(titles)), which this program does not know; deploy the program that brought it, or take it back with that program's nicobar migrate down"
        case .changed(let title):
            "migration \(title) is not what was applied to this database; bring the change as a new migration and leave applied ones as they were"
        case .gap(let title):
            "migration \(title) was never applied although later ones were; apply its SQL by hand after checking it, or restore the database"
        case .busy(let seconds):
            "another nicobar migrate has been at work for \(seconds) s; wait for it, or look for who holds an advisory lock in pg_locks"
        case .failed(let title, let error): "migration \(title) failed and left nothing behind: \(error)"
        case .database(let error): "PostgreSQL: \(error)"
        }
    }

    private static func list(_ titles: [String]) -> String { titles.joined(separator: ", ") }
}
