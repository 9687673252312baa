import LibPQ
import Surroundings

/// Reads for the story; each opens a connection of its own, as an analyst's client would.
struct Database: Sendable {
    let conninfo: String

    /// The rows of a query as text; null is an empty text.
    func rows(_ sql: String, _ parameters: [String] = []) async throws -> [[String]] {
        let conninfo = conninfo
        return try await OwnThread.run {
            let connection = try Connection(conninfo, applicationName: "nicobar-demo")
            defer { connection.close() }
            let result = try connection.query(sql, parameters.map { .text($0) })
            return (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.text(row, $0) ?? "" } }
        }
    }

    /// The one value of a query; nil when there is no row.
    func value(_ sql: String, _ parameters: [String] = []) async throws -> String? { try await rows(sql, parameters).first?.first }

    /// Asks until the query's one value is the expected one.
    ///
    /// - Returns: whether it was, within the limit.
    func becomes(_ expected: String, within limit: Duration = .seconds(30), _ sql: String, _ parameters: [String] = []) async throws -> Bool {
        let clock = ContinuousClock(), end = clock.now + limit
        repeat {
            if try await value(sql, parameters) == expected { return true }
            try await clock.sleep(for: .milliseconds(20))
        } while clock.now < end
        return false
    }
}
