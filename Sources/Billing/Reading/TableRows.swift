import Events
import LibPQ
import Worker

/// The rows that a batch brings to one table, as columns. Belongs to one thread.
final class TableRows {
    private let webhookIds = ColumnBuilder(.text), eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz)
    private let ranks = ColumnBuilder(.int2), tieBreaks = ColumnBuilder(.int8), businessIds = ColumnBuilder(.text)
    private let columns: [ColumnBuilder]
    private(set) var count = 0

    init(_ table: StateTable) { columns = table.columns.map { ColumnBuilder($0.element) } }

    func reset() {
        guard count > 0 else { return }
        count = 0
        for column in [webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, businessIds] + columns { column.reset() }
    }

    /// Appends one row; all of it was checked before.
    func append(_ event: IncomingEvent, _ version: StateVersion, business: UnsafeRawBufferPointer?, _ cells: ArraySlice<CellValue>) {
        webhookIds.append(bytes: event.webhookId)
        eventTimes.append(version.eventTime.microseconds)
        attemptTimes.append(version.attemptTime.microseconds)
        ranks.append(Int64(version.rank))
        tieBreaks.append(version.tieBreak)
        businessIds.append(bytes: business)
        var number = 0
        for cell in cells {
            let column = columns[number]
            number += 1
            switch cell {
            case .null: column.appendNull()
            case .bytes(let bytes): column.append(bytes: bytes)
            case .number(let number): column.append(number)
            case .flag(let flag): column.append(flag)
            }
        }
        count += 1
    }

    /// The statement's parameters; lent until the next `reset`.
    var parameters: [Parameter] {
        ([webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, businessIds] + columns).map { .array($0) }
    }
}
