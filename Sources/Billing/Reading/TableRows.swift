import Events
import LibPQ
import Worker

/// The rows that a batch brings to one table, as columns: of each entity the newest. Belongs to one thread.
final class TableRows {
    /// What every statement takes first: webhook_id, event_at, attempt_at, status_rank, tie_break, business_id.
    private static let common: [ColumnBuilder.Element] = [.text, .timestamptz, .timestamptz, .int2, .int8, .text]
    /// The common columns and the table's own, as its statement takes them.
    private let columns: [ColumnBuilder]
    /// Theirs, in the same order.
    private let writers: [ColumnWriter]
    /// Events whose row was superseded, and the events that are newest in their place.
    private let supersededIds = ColumnBuilder(.text), winnerIds = ColumnBuilder(.text)
    private let row: StateTable.Row
    private var newest = NewestRows()
    private var isClosed = false
    /// How many rows were appended, those that others superseded since included.
    private(set) var count = 0

    init(_ table: StateTable) {
        columns = (Self.common + table.columns.map(\.element)).map { ColumnBuilder($0) }
        writers = columns.map(\.writer)
        row = table.row
    }

    func reset() {
        guard count > 0 else { return }
        count = 0
        isClosed = false
        newest.reset()
        for column in columns + [supersededIds, winnerIds] { column.reset() }
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
        var number = Self.common.count
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
        if case .entity = row { return (columns + [supersededIds, winnerIds]).map { .array($0) } }
        return columns.map { .array($0) }
    }

    private func close() {
        guard !isClosed else { return }
        isClosed = true
        for beaten in newest.superseded {
            newest.withId(of: beaten) { supersededIds.append(bytes: $0) }
            newest.withWinner(of: beaten) { winnerIds.append(bytes: $0) }
        }
        let superseded = newest.superseded.sorted()
        for column in columns { column.remove(superseded) }
    }
}
