import LibPQ

/// One column of a state table: where an event holds its value, and what that must be.
struct Column: Sendable {
    /// The form of a value.
    enum Content: Sendable {
        case text
        /// A JSON string or number, kept as the text it is written with (FACTS 5.0: dispute amounts).
        case textOrNumber
        /// A JSON number without a fraction that fits 64 bits: minor units of money, counts.
        case wholeNumber
        case flag
        /// RFC 3339.
        case time
        /// A decimal text such as `-12.50`; PostgreSQL keeps it exactly.
        case decimal
        /// Whatever stands there, byte for byte.
        case json
    }

    /// How strictly a value is read. Missing and null are always the same, and unknown words in a text are never a fault.
    enum Need: Sendable {
        /// Must be there: without it the event has no place.
        case key
        /// May be missing; of another form it is a fault, since a mirror that guesses money or dates is worse than one that waits.
        case exact
        /// May be missing; of another form it counts as missing.
        case lenient
    }

    /// The column's name in the SQL; for the reader of this code.
    let name: String
    /// Where it stands in the event, such as `data.customer.email`.
    let path: String
    let content: Content
    let need: Need

    /// Whether an index may have the value in it, and a longer one than an index takes must be found before PostgreSQL finds it: keys, ids and addresses.
    var isIndexed: Bool { content == .text && (need == .key || name.hasSuffix("_id") || name == "email") }

    static func text(_ name: String, _ need: Need = .exact) -> Column { text(name, "data.\(name)", need) }
    static func text(_ name: String, _ path: String, _ need: Need = .exact) -> Column { Column(name: name, path: path, content: .text, need: need) }
    static func textOrNumber(_ name: String, _ path: String) -> Column { Column(name: name, path: path, content: .textOrNumber, need: .exact) }
    static func wholeNumber(_ name: String, _ need: Need = .exact) -> Column { wholeNumber(name, "data.\(name)", need) }
    static func wholeNumber(_ name: String, _ path: String, _ need: Need) -> Column { Column(name: name, path: path, content: .wholeNumber, need: need) }
    static func flag(_ name: String, _ need: Need = .exact) -> Column { Column(name: name, path: "data.\(name)", content: .flag, need: need) }
    static func time(_ name: String, _ need: Need = .exact) -> Column { time(name, "data.\(name)", need) }
    static func time(_ name: String, _ path: String, _ need: Need) -> Column { Column(name: name, path: path, content: .time, need: need) }
    static func decimal(_ name: String) -> Column { Column(name: name, path: "data.\(name)", content: .decimal, need: .exact) }
    static func json(_ name: String, _ need: Need = .exact) -> Column { json(name, "data.\(name)", need) }
    static func json(_ name: String, _ path: String, _ need: Need) -> Column { Column(name: name, path: path, content: .json, need: need) }

    /// The type its values travel in.
    var element: ColumnBuilder.Element {
        switch content {
        case .text, .textOrNumber, .decimal: .text
        case .wholeNumber: .int8
        case .flag: .bool
        case .time: .timestamptz
        case .json: .json
        }
    }
}
