import Events
import Foundation
import LibPQ

/// The dead letters of a batch, as columns. Belongs to one thread.
final class LetterRows {
    private let texts = (id: ColumnBuilder(.text), type: ColumnBuilder(.text), topic: ColumnBuilder(.text))
    private let partitions = ColumnBuilder(.int4), offsets = ColumnBuilder(.int8)
    private let eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz)
    private let keys = ColumnBuilder(.bytea), headers = ColumnBuilder(.json), bodies = ColumnBuilder(.bytea)
    private let reasons = ColumnBuilder(.text), details = ColumnBuilder(.text), fingerprints = ColumnBuilder(.text)
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
        headers.append(Self.headers(of: record))
        bodies.append(bytes: record.body)
        reasons.append(fault.reason)
        details.append(fault.detail)
        // One remedy for all that have it: same type, same cause, whatever the event.
        fingerprints.append("\(type)/\(fault.reason)")
        reasonsSeen.append(fault.reason)
    }

    /// What `dead_letters.sql` takes; lent until the next `reset`.
    func parameters(_ worker: String) -> [Parameter] { [.text(worker)] + columns.map { .array($0) } }

    /// All headers in their order as a JSON array; a value that is no text PostgreSQL can hold goes as base64.
    private static func headers(of record: Record) -> String {
        var items: [[String: String]] = []
        record.owner.forEachHeader(ofRecord: record.index) { name, value in
            var item = ["name": name.replacing("\0", with: "?")]
            let bytes = value.map { Array($0) } ?? []
            if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) { item["value"] = text } else { item["base64"] = Data(bytes).base64EncodedString() }
            items.append(item)
        }
        guard let json = try? JSONEncoder.sorted.encode(items) else { return "[]" }
        return String(decoding: json, as: UTF8.self)
    }
}

extension JSONEncoder {
    fileprivate static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
