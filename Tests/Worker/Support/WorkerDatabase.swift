import LibPQ
import TestKit
import Worker

/// A migrated database of one test, with the scripted stage's tables.
struct WorkerDatabase: Sendable {
    let conninfo: String

    init() async throws {
        let conninfo = try await TestDatabase.fresh()
        self.conninfo = conninfo
        try await onThread {
            let connection = try Connection(conninfo)
            try connection.execute(ScriptedHandler.schema)
            connection.close()
        }
    }

    /// A connection that knows the scripted stage's statements.
    func connect(_ handler: ScriptedHandler = ScriptedHandler()) throws -> Connection {
        let connection = try Connection(conninfo, applicationName: "worker-tests")
        try LaneTransaction.prepare(connection, for: handler)
        return connection
    }

    /// Every column of every row, printed.
    func rows(_ sql: String) async throws -> [[String]] {
        let conninfo = conninfo
        return try await onThread {
            let connection = try Connection(conninfo)
            defer { connection.close() }
            let result = try connection.query(sql)
            return (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.text(row, $0) ?? "null" } }
        }
    }

    /// One number.
    func number(_ sql: String) async throws -> Int { try await rows(sql).first?.first.flatMap { Int($0) } ?? -1 }

    func execute(_ sql: String) async throws {
        let conninfo = conninfo
        try await onThread {
            let connection = try Connection(conninfo)
            defer { connection.close() }
            try connection.execute(sql)
        }
    }

    /// Lets the first statements that write effects fail with a SQLSTATE.
    func storm(_ sqlstate: String, times: Int) async throws { try await execute("insert into scripted.weather values ('\(sqlstate)', \(times))") }
}
