/// A value bound to `$n`. All but text travel in PostgreSQL's binary form, so the placeholder's type must match exactly: write `$1::bigint` where the server could infer another.
package enum Parameter {
    case null
    /// Travels as text, so the server reads it into whatever type the placeholder has.
    case text(String)
    case int8(Int64)
    case int4(Int32)
    case int2(Int16)
    case bool(Bool)
    /// bytea
    case bytes([UInt8])
    /// timestamptz, microseconds since 1970-01-01 UTC.
    case timestamp(Int64)
    /// A one-dimensional array, lent: the builder must not change before the call returns.
    case array(ColumnBuilder)

    /// The type named to the server where nothing was prepared; 0 leaves it to the server.
    var typeOid: UInt32 {
        switch self {
        case .null, .text: 0
        case .int8: 20
        case .int4: 23
        case .int2: 21
        case .bool: 16
        case .bytes: 17
        case .timestamp: 1184
        case .array(let column): column.element.arrayOid
        }
    }
}

/// PostgreSQL counts microseconds from 2000-01-01 UTC, this far after 1970.
let microsecondsFrom1970To2000: Int64 = 946_684_800_000_000
