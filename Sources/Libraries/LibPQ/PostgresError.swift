/// What went wrong between us and PostgreSQL, with nothing in it that could be somebody's data.
///
/// Only the primary message is kept: DETAIL and HINT quote rows. The messages of class 22 quote the offending value, so the quoted part is cut out of them.
package struct PostgresError: Error, Sendable, Equatable {
    /// The five characters of SQLSTATE; nil when the trouble is the connection itself and the server said nothing.
    package let sqlstate: String?
    /// The primary message on one line.
    package let message: String
    /// The violated constraint, when the server named one.
    package let constraint: String?
    /// The table concerned, when the server named one.
    package let table: String?
    /// The column concerned, when the server named one.
    package let column: String?
    /// In a pipeline, the index of the step that failed; nil when the error belongs to no step (the connection, or the closing sync).
    package let step: Int?

    package init(sqlstate: String?, message: String, constraint: String? = nil, table: String? = nil, column: String? = nil, step: Int? = nil) {
        self.sqlstate = sqlstate
        self.message = message
        self.constraint = constraint
        self.table = table
        self.column = column
        self.step = step
    }

    /// The same error, placed at a step of a pipeline.
    func at(step: Int?) -> PostgresError {
        PostgresError(sqlstate: sqlstate, message: message, constraint: constraint, table: table, column: column, step: step)
    }

    static let closed = PostgresError(sqlstate: nil, message: "the connection is closed")
}

extension PostgresError: CustomStringConvertible {
    /// One line, fit for a log.
    package var description: String {
        var text = message
        if let sqlstate { text += " (SQLSTATE \(sqlstate))" }
        if let constraint { text += " constraint=\(constraint)" }
        if let table { text += " table=\(table)" }
        if let column { text += " column=\(column)" }
        if let step { text += " step=\(step)" }
        return text
    }
}
