import CLibPQ

extension PostgresError {
    /// Reads the error fields out of a failed result; the result stays its owner's.
    init(result: OpaquePointer, connection: OpaquePointer, step: Int? = nil) {
        func field(_ code: UnicodeScalar) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return nil }
            return unsafe String(cString: text)
        }
        let sqlstate = field("C") // PG_DIAG_SQLSTATE
        // Without a primary message libpq itself speaks: a lost connection.
        let message = unsafe field("M") ?? PostgresError.text(of: connection)
        self.init(
            sqlstate: sqlstate,
            message: PostgresError.safe(message, sqlstate: sqlstate),
            constraint: field("n"), table: field("t"), column: field("c"), step: step)
    }

    /// What libpq itself says about the connection.
    init(connection: OpaquePointer) {
        self.init(sqlstate: nil, message: unsafe PostgresError.text(of: connection))
    }

    private static func text(of connection: OpaquePointer) -> String {
        guard let text = unsafe PQerrorMessage(connection) else { return "no message from libpq" }
        let line = unsafe oneLine(String(cString: text))
        return line.isEmpty ? "the connection to PostgreSQL was lost" : line
    }

    /// Cuts what lies between the first and the last quotation mark out of class 22 messages: there it is the value that was refused.
    static func safe(_ message: String, sqlstate: String?) -> String {
        let line = oneLine(message)
        guard let sqlstate, sqlstate.hasPrefix("22"),
            let first = line.firstIndex(of: "\""), let last = line.lastIndex(of: "\""), first < last
        else { return line }
        return line[...first] + "…" + line[last...]
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
    }
}
