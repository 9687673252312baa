import LibPQ
import Operations
import Surroundings

/// Fresh databases on one private PostgreSQL that the tests of this process share.
package enum TestDatabase {
    /// Makes a database that no other test knows.
    ///
    /// - Parameter migrated: whether all migrations are applied (by copying a migrated template) or the database is empty.
    /// - Returns: its connection string.
    /// - Throws: `SurroundingsError` or `PostgresError` when the server cannot be had.
    package static func fresh(migrated: Bool = true) async throws -> String {
        try await SharedPostgres.shared.fresh(migrated: migrated)
    }
}

/// The one server of the test process; started by the first test that asks, ended by the reaper with the process.
private actor SharedPostgres {
    static let shared = SharedPostgres()
    private var starting: Task<PrivatePostgres, any Error>?
    private var count = 0

    func fresh(migrated: Bool) async throws -> String {
        let start = starting ?? Task { try await Self.start() }
        starting = start
        let server = try await start.value
        count += 1
        let name = "test_\(count)"
        try await onThread {
            let connection = try Connection(server.conninfo(), applicationName: "nicobar-tests")
            try connection.execute("create database \(name)\(migrated ? " template migrated" : "")")
            connection.close()
        }
        return server.conninfo(database: name)
    }

    private static func start() async throws -> PrivatePostgres {
        // Durability costs time and no test asks this server for it; those that kill a server start their own.
        // A server that has run for a while uses its WAL files again; a fresh one would fill each with zeros first, which is a quarter of what writing costs it.
        let server = try await PrivatePostgres(settings: ["fsync=off", "full_page_writes=off", "wal_init_zero=off", "shared_buffers=128MB"])
        try await onThread {
            let admin = try Connection(server.conninfo(), applicationName: "nicobar-tests")
            try admin.execute("create database migrated")
            admin.close()
            let connection = try Connection(server.conninfo(database: "migrated"), applicationName: "nicobar-tests")
            _ = try MigrationRunner(connection).up()
            connection.close()
        }
        return server
    }
}

/// Runs blocking work on a thread of its own, away from the cooperative pool.
///
/// - Parameter work: what blocks.
/// - Returns: what the work returned.
/// - Throws: what the work threw.
package func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await OwnThread.run(work)
}
