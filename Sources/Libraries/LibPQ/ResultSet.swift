import CLibPQ

/// What one statement gave back; owns the `PGresult` and clears it in `deinit`.
///
/// Unchecked Sendable: a PGresult is read-only once made and may be passed between threads (libpq manual, 34.20).
/// A row or column out of range, or a value that is not of the asked type, is our bug and stops the process.
@safe package final class ResultSet: @unchecked Sendable {
    private let result: OpaquePointer

    /// Takes the result over.
    init(owning result: OpaquePointer) {
        unsafe self.result = result
    }

    deinit { unsafe PQclear(result) }

    package var rowCount: Int { unsafe Int(PQntuples(result)) }
    package var columnCount: Int { unsafe Int(PQnfields(result)) }

    /// The name of a column as the server gave it.
    package func columnName(_ column: Int) -> String {
        guard let name = unsafe PQfname(result, Int32(column)) else { preconditionFailure("no column \(column)") }
        return unsafe String(cString: name)
    }

    /// The first column of that name, nil when there is none.
    package func column(named name: String) -> Int? {
        (0..<columnCount).first { columnName($0) == name }
    }

    /// What the server says was done, such as `INSERT 0 3`.
    package var commandTag: String {
        guard let tag = unsafe PQcmdStatus(result) else { return "" }
        return unsafe String(cString: tag)
    }

    /// Rows inserted, updated, deleted or selected; 0 for statements that count nothing.
    package var rowsAffected: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        check(row, column)
        return unsafe PQgetisnull(result, Int32(row), Int32(column)) == 1
    }

    /// The value as PostgreSQL prints it; nil for NULL.
    package func text(_ row: Int, _ column: Int) -> String? {
        unsafe withValue(row, column) { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// An integer of any width; nil for NULL.
    package func int64(_ row: Int, _ column: Int) -> Int64? {
        unsafe withValue(row, column) { value in
            guard let number = unsafe Int64(String(decoding: value, as: UTF8.self)) else { preconditionFailure("column \(column) is not an integer") }
            return number
        }
    }

    /// A floating-point or numeric value; nil for NULL.
    package func double(_ row: Int, _ column: Int) -> Double? {
        unsafe withValue(row, column) { value in
            guard let number = unsafe Double(String(decoding: value, as: UTF8.self)) else { preconditionFailure("column \(column) is not a number") }
            return number
        }
    }

    /// A boolean; nil for NULL.
    package func bool(_ row: Int, _ column: Int) -> Bool? {
        unsafe withValue(row, column) { value in
            switch unsafe (value.count, value.first) {
            case (1, UInt8(ascii: "t")): return true
            case (1, UInt8(ascii: "f")): return false
            default: preconditionFailure("column \(column) is not a boolean")
            }
        }
    }

    /// The content of a bytea, or the bytes of the printed value of any other type; nil for NULL.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        let isBytea = unsafe PQftype(result, Int32(column)) == 17
        return unsafe withValue(row, column) { unsafe isBytea ? ResultSet.unhex($0) : Array($0) }
    }

    /// Lends the printed value; nil for NULL.
    package func withValue<Value>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value? {
        guard !isNull(row, column), let start = unsafe PQgetvalue(result, Int32(row), Int32(column)) else { return nil }
        let length = unsafe Int(PQgetlength(result, Int32(row), Int32(column)))
        return unsafe body(UnsafeRawBufferPointer(start: start, count: length))
    }

    private func check(_ row: Int, _ column: Int) {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount, "no value at row \(row), column \(column)")
    }

    /// `\x` and two hexadecimal digits a byte (bytea_output = hex, which every connection of ours asks for).
    private static func unhex(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        precondition(text.count >= 2 && text.count % 2 == 0, "not a bytea in hex form")
        func digit(_ character: UInt8) -> UInt8 {
            character <= UInt8(ascii: "9") ? character - UInt8(ascii: "0") : character - UInt8(ascii: "a") + 10
        }
        return stride(from: 2, to: text.count, by: 2).map { unsafe digit(text[$0]) << 4 | digit(text[$0 + 1]) }
    }
}
