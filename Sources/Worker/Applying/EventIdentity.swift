package import Events

/// What a record is called in the database: its webhook-id, or its place where it has none that PostgreSQL could keep.
package struct EventIdentity {
    /// Longer than any that ingest lets in.
    package static let maxIdBytes = 512

    /// Nil when the record has no id of its own; then its place stands in, and it is a dead letter.
    package let webhookId: UnsafeRawBufferPointer?
    package let eventTime: Timestamp?
    package let attemptTime: Timestamp

    package init(_ record: Record) {
        webhookId = record.webhookId.flatMap { Self.isUsable($0) ? $0 : nil }
        eventTime = record.eventTime.flatMap { Timestamp(rfc3339: $0) }
        attemptTime = record.webhookTimestamp.flatMap { Self.seconds($0) }.map { Timestamp(seconds: $0) } ?? Timestamp(milliseconds: max(0, record.timestampMilliseconds))
    }

    /// The text that stands in for an id.
    package static func place(of record: Record) -> String { "\(record.topic)/\(record.partition)/\(record.offset)" }

    /// The type for people and fingerprints: only what looks like one.
    package static func typeText(_ record: Record) -> String {
        guard let name = record.typeName, name.count <= 200, isUsable(name) else { return "unknown" }
        return String(decoding: name, as: UTF8.self)
    }

    /// Visible ASCII: what ingest lets in, and what any log, key and index takes.
    private static func isUsable(_ text: UnsafeRawBufferPointer) -> Bool {
        !text.isEmpty && text.count <= maxIdBytes && text.allSatisfy { $0 > 32 && $0 < 127 }
    }

    private static func seconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard !text.isEmpty, text.count <= 12 else { return nil }
        var value: Int64 = 0
        for byte in text {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        return value
    }
}
