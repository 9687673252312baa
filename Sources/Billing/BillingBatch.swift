import Events
import JSONReader
package import LibPQ
package import Worker

/// The billing state that a batch of events brings. Used by one thread at a time.
package final class BillingBatch: EventBatch {
    private let rows = StateTable.all.map(TableRows.init)
    private var readers: [PayloadKind: KindReader] = [:]
    /// The cells of the last event; kept for their memory.
    private var lastCells: [CellValue] = []
    package private(set) var lastIsStale = false

    init() {}

    package func reset() {
        for table in rows { table.reset() }
    }

    package func add(_ event: IncomingEvent) throws(RecordFault) {
        let type = try Self.type(of: event)
        try reader(of: type.payload).read(event) { (fields, version) throws(RecordFault) in
            guard let name = fields[KindReader.typeField].text, EventType(name) == type else {
                throw RecordFault(reason: "type-mismatch", detail: "the type in the body is not the one in the header ce_type")
            }
            try take(event, fields, version, type.payload)
        }
    }

    /// Reads the rows of an event. All is checked before anything is kept, so that a fault leaves nothing behind.
    private func take(_ event: IncomingEvent, _ fields: borrowing FieldValues, _ version: StateVersion, _ kind: PayloadKind) throws(RecordFault) {
        // A variable of its own: each access to a property of a class is checked for exclusivity at run time.
        var cells: [CellValue] = []
        swap(&cells, &lastCells)
        defer { swap(&cells, &lastCells) }
        cells.removeAll(keepingCapacity: true)
        let tables = reader(of: kind).tables
        var skipped: Int?
        for (index, columns) in tables {
            if StateTable.isOptional(index), let key = columns.first, fields[key.place].isMissing || fields[key.place].isNull {
                skipped = index
                continue
            }
            for (number, column) in columns.enumerated() {
                do throws(ColumnPlan.Fault) { cells.append(try column.cell(fields[column.place])) } catch {
                    throw StateTable.all[index].columns[number].explain(error)
                }
            }
        }
        let business = fields[KindReader.businessField].text
        var first = 0
        lastIsStale = false
        for (index, columns) in tables where index != skipped {
            // The entity's own table is the last, and it is the one that says so.
            lastIsStale = rows[index].append(event, version, business: business, cells[first..<first + columns.count]) == .stale
            first += columns.count
        }
    }

    package func steps() -> [PipelineStep] {
        zip(StateTable.all, rows).compactMap { table, rows in
            rows.count == 0 ? nil : PipelineStep(prepared: BillingHandler.statementName(table), rows.parameters)
        }
    }

    private func reader(of kind: PayloadKind) -> KindReader {
        if let reader = readers[kind] { return reader }
        let made = KindReader(kind)
        readers[kind] = made
        return made
    }

    /// The type that the event claims; its body is held against it afterwards.
    private static func type(of event: IncomingEvent) throws(RecordFault) -> EventType {
        if let reason = event.unrecognisedReason {
            throw RecordFault(reason: "unrecognised-event", detail: "ingest did not recognise it: \(printable(reason))")
        }
        guard let name = event.typeName else { throw RecordFault(reason: "missing-header", detail: "the message has no header ce_type") }
        guard let type = EventType(name) else {
            throw RecordFault(reason: "unrecognised-event", detail: "this program does not know the event type; a newer one may")
        }
        return type
    }

    /// The reason that ingest wrote: a word of ours, but read from outside, so only what a word can hold.
    private static func printable(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix(100).filter { $0 > 32 && $0 < 127 }, as: UTF8.self)
    }
}
