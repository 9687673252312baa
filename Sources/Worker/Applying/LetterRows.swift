import Events
import LibPQ

/// The dead letters of a batch, as columns. Belongs to one thread.
final class LetterRows {
    private let texts = (id: ColumnBuilder(.text), type: ColumnBuilder(.text), topic: ColumnBuilder(.text))
    private let partitions = ColumnBuilder(.int4), offsets = ColumnBuilder(.int8)
    private let eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz)
    private let keys = ColumnBuilder(.bytea), headers = ColumnBuilder(.json), bodies = ColumnBuilder(.bytea)
    private let reasons = ColumnBuilder(.text), details = ColumnBuilder(.text), fingerprints = ColumnBuilder(.text)
    private var json = HeaderListJSON()
    private(set) var reasonsSeen: [String] = []

    private var columns: [ColumnBuilder] {
        [texts.id, texts.type, texts.topic, partitions, offsets, eventTimes, attemptTimes, keys, headers, bodies, reasons, details, fingerprints]
    }

    var count: Int { reasonsSeen.count }

    func reset() {
        guard count > 0 else { return }
        reasonsSeen.removeAll()
        for column in columns { column.reset() }
    }

    func append(_ record: Record, _ identity: EventIdentity, _ fault: RecordFault) {
        let type = EventIdentity.typeText(record)
        if let id = identity.webhookId { texts.id.append(bytes: id) } else { texts.id.append(EventIdentity.place(of: record)) }
        texts.type.append(type)
        texts.topic.append(record.topic)
        partitions.append(Int64(record.partition))
        offsets.append(record.offset)
        eventTimes.append(identity.eventTime?.microseconds)
        attemptTimes.append(identity.attemptTime.microseconds)
        keys.append(bytes: record.key)
        json.open()
        record.owner.forEachHeader(ofRecord: record.index) { name, value in json.append(name, value) }
        json.close()
        json.bytes.withUnsafeBytes { headers.append(bytes: $0) }
        bodies.append(bytes: record.body)
        reasons.append(fault.reason)
        details.append(fault.detail)
        // One remedy for all that have it: same type, same cause, whatever the event.
        fingerprints.append("\(type)/\(fault.reason)")
        reasonsSeen.append(fault.reason)
    }

    /// What `dead_letters.sql` takes; lent until the next `reset`.
    func parameters(_ worker: String) -> [Parameter] { [.text(worker)] + columns.map { .array($0) } }
}
