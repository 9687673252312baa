import Events
import LibPQ

/// A value on its way to a column.
enum Cell {
    case null
    /// Lent for the call that appends it.
    case bytes(UnsafeRawBufferPointer)
    case string(String)
    case number(Int64)
    case flag(Bool)

    static func of(_ bytes: UnsafeRawBufferPointer?) -> Cell { bytes.map { .bytes($0) } ?? .null }
    static func of(_ text: String?) -> Cell { text.map { .string($0) } ?? .null }
    static func of(_ number: Int64?) -> Cell { number.map { .number($0) } ?? .null }
    static func of(_ flag: Bool?) -> Cell { flag.map { .flag($0) } ?? .null }
    static func of(_ time: Timestamp?) -> Cell { time.map { .number($0.microseconds) } ?? .null }
}

/// The rows that one statement takes, as columns. Belongs to one thread.
final class Rows {
    private let statement: String
    let columns: [ColumnBuilder]
    private(set) var count = 0

    /// - Parameters:
    ///   - statement: the name under which it is prepared.
    ///   - elements: its parameters, each an array.
    init(_ statement: String, _ elements: [ColumnBuilder.Element]) {
        self.statement = statement
        columns = elements.map { ColumnBuilder($0, capacity: 1024) }
    }

    func reset() {
        guard count > 0 else { return }
        count = 0
        for column in columns { column.reset() }
    }

    func append(_ cells: Cell...) {
        precondition(cells.count == columns.count, "a row has one cell a column")
        for (column, cell) in zip(columns, cells) {
            switch cell {
            case .null: column.appendNull()
            case .bytes(let bytes): column.append(bytes: bytes)
            case .string(let text): column.append(text)
            case .number(let number): column.append(number)
            case .flag(let flag): column.append(flag)
            }
        }
        count += 1
    }

    /// Nil when there are none; lent until the next `reset`.
    var step: PipelineStep? { count == 0 ? nil : PipelineStep(prepared: statement, columns.map { .array($0) }) }
}
