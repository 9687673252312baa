import Events
import JSONReader
import Worker

/// A value in the form its column wants. Views are lent until the reader reads the next event.
enum CellValue {
    case null
    case bytes(UnsafeRawBufferPointer)
    case number(Int64)
    case flag(Bool)
}

/// How one column is read from an event: what a `Column` says, without its texts, so that reading thirty of them for every event counts no references.
struct ColumnPlan: BitwiseCopyable, Sendable {
    /// The place among the fields that are read.
    let place: Int
    let content: Column.Content
    let need: Column.Need
    /// Whether an index of PostgreSQL's has the value in it.
    let isIndexed: Bool

    /// Why there is no cell.
    enum Fault: Error { case missing, wrongType, keyTooLong }

    /// Longer than any id of Dodo's by far, and short enough for every index, also for one that has two of them.
    static let maxKeyBytes = 1024

    /// Reads a field as this column wants it.
    func cell(_ value: FieldValue) throws(Fault) -> CellValue {
        if value.isMissing || value.isNull {
            guard need != .key else { throw .missing }
            return .null
        }
        // An index entry of PostgreSQL holds 2704 bytes. Found here it costs nothing; found there, its batch has to be taken apart.
        if isIndexed, let text = value.text, text.count > Self.maxKeyBytes {
            guard need == .lenient else { throw .keyTooLong }
            return .null
        }
        if let cell = matching(value) { return cell }
        guard need == .lenient else { throw .wrongType }
        return .null
    }

    /// The cell when the field has the right form; nil when not.
    private func matching(_ value: FieldValue) -> CellValue? {
        switch content {
        case .text:
            guard let text = value.text, need != .key || !text.isEmpty else { return nil }
            return .bytes(text)
        case .textOrNumber:
            return (value.text ?? (value.kind == .number ? value.raw : nil)).map { .bytes($0) }
        case .wholeNumber: return value.int64.map { .number($0) }
        case .flag: return value.bool.map { .flag($0) }
        case .time: return value.text.flatMap { Timestamp(rfc3339: $0) }.map { .number($0.microseconds) }
        case .decimal:
            guard let text = value.text, Self.isDecimal(text) else { return nil }
            return .bytes(text)
        case .json: return value.raw.map { .bytes($0) }
        }
    }

    /// Digits with an optional sign and fraction, short enough for PostgreSQL's `numeric`; neither an exponent nor `NaN`.
    static func isDecimal(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") { index += 1 }
        var digits = 0, hasPoint = false
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: ".") where !hasPoint && digits > 0: hasPoint = true
            default: return false
            }
            index += 1
        }
        return digits > 0 && digits <= 1000 && text[text.count - 1] != UInt8(ascii: ".")
    }
}

extension Column {
    /// What is told of a field that has no cell: its path, and never its value.
    func explain(_ fault: ColumnPlan.Fault) -> RecordFault {
        switch fault {
        case .missing: RecordFault(reason: "missing-field", detail: "\(path) is missing")
        case .wrongType: RecordFault(reason: "wrong-type", detail: "\(path) is not \(content.inWords)")
        case .keyTooLong: RecordFault(reason: "key-too-long", detail: "\(path) is longer than the \(ColumnPlan.maxKeyBytes) bytes that an index takes")
        }
    }
}

extension Column.Content {
    /// What an operator reads in a dead letter.
    var inWords: String {
        switch self {
        case .text: "a text"
        case .textOrNumber: "a text or a number"
        case .wholeNumber: "a whole number of 64 bits"
        case .flag: "true or false"
        case .time: "a time as RFC 3339 has it"
        case .decimal: "a decimal text"
        case .json: "JSON"
        }
    }
}
