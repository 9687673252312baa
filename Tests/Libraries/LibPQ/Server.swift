import Glibc
import LibPQ
import Testing

/// The server these tests talk to; without one they are skipped.
enum Server {
    static let conninfo: String? = getenv("NICOBAR_TEST_DATABASE_URL").map { String(cString: $0) }
    static let isThere = conninfo != nil

    /// Lends a fresh connection whose temporary tables are its own.
    static func connect(_ body: (Connection) throws -> Void) throws {
        let connection = try Connection(try #require(conninfo), applicationName: "libpq-tests")
        defer { connection.close() }
        try body(connection)
    }

    /// The error the body ends with.
    static func error(of body: () throws -> Void) throws -> PostgresError {
        do { try body() } catch let error as PostgresError { return error }
        throw Unexpected()
    }

    struct Unexpected: Error {}
}
