import Events
import LibPQ
import Worker

/// The rows that a batch brings to one table, as columns: of each entity the newest. Belongs to one thread.
final class TableRows {
    private let webhookIds = ColumnBuilder(.text), eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz)
    private let ranks = ColumnBuilder(.int2), tieBreaks = ColumnBuilder(.int8), businessIds = ColumnBuilder(.text)
    private let columns: [ColumnBuilder]
    /// Events whose row was superseded, and the events that are newest in their place.
    private let supersededIds = ColumnBuilder(.text), winnerIds = ColumnBuilder(.text)
    /// One for each column that every table has, in the statement's order, then those of `columns`; their builders live as long as these rows.
    private let writers: [ColumnWriter]
    private let row: StateTable.Row
    private var newest = NewestRows()
    private var isClosed = false
    /// How many rows were appended, those that others superseded since included.
    private(set) var count = 0

    init(_ table: StateTable) {
        columns = table.columns.map { ColumnBuilder($0.element) }
        writers = ([webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, businessIds] + columns).map(\.writer)
        row = table.row
    }

    func reset() {
        guard count > 0 else { return }
        count = 0
        isClosed = false
        newest.reset()
        for column in all { column.reset() }
    }

    /// What became of an event's row.
    enum Reception { case kept, stale }

    /// Appends one row, unless one no older of its entity is there; all of it was checked before.
    func append(_ event: IncomingEvent, _ version: StateVersion, business: UnsafeRawBufferPointer?, _ cells: ArraySlice<CellValue>) -> Reception {
        precondition(!isClosed, "rows are appended before the parameters are taken")
        guard isNewest(event, version, cells) else { return .stale }
        writers[0].append(bytes: event.webhookId)
        writers[1].append(version.eventTime.microseconds)
        writers[2].append(version.attemptTime.microseconds)
        writers[3].append(Int64(version.rank))
        writers[4].append(version.tieBreak)
        if let business { writers[5].append(bytes: business) } else { writers[5].appendNull() }
        var number = 6
        for cell in cells {
            let writer = writers[number]
            number += 1
            switch cell {
            case .null: writer.appendNull()
            case .bytes(let bytes): writer.append(bytes: bytes)
            case .number(let number): writer.append(number)
            case .flag(let flag): writer.append(flag)
            }
        }
        count += 1
        return .kept
    }

    private func isNewest(_ event: IncomingEvent, _ version: StateVersion, _ cells: ArraySlice<CellValue>) -> Bool {
        switch row {
        case .entity(let keyColumns), .mentioned(let keyColumns): newest.add(key: cells.prefix(keyColumns), version, webhookId: event.webhookId)
        case .event:
            // What an event said is replaced by a newer attempt at it, whenever it says to have happened.
            newest.add(
                key: CollectionOfOne(CellValue.bytes(event.webhookId)), StateVersion(eventTime: version.attemptTime, attemptTime: version.attemptTime, rank: 0, tieBreak: version.tieBreak),
                webhookId: event.webhookId)
        }
    }

    /// The statement's parameters; lent until the next `reset`. Closes the rows: what was superseded is taken out, and nothing can be appended.
    var parameters: [Parameter] {
        close()
        let state = [webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, businessIds] + columns
        if case .entity = row { return (state + [supersededIds, winnerIds]).map { .array($0) } }
        return state.map { .array($0) }
    }

    private func close() {
        guard !isClosed else { return }
        isClosed = true
        for beaten in newest.superseded {
            newest.withId(of: beaten) { supersededIds.append(bytes: $0) }
            newest.withWinner(of: beaten) { winnerIds.append(bytes: $0) }
        }
        let superseded = newest.superseded.sorted()
        for column in [webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, businessIds] + columns { column.remove(superseded) }
    }

    private var all: [ColumnBuilder] { [webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, businessIds] + columns + [supersededIds, winnerIds] }
}
