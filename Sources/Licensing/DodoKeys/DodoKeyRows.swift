import Events
import JSONReader
import LibCrypto
import LibPQ
import Worker

/// Dodo's own keys (FACTS 5.6), hashed on their way in. Belongs to one thread.
final class DodoKeyRows {
    private enum Field: Int, CaseIterable {
        case type, timestamp, id, key, status, activationsLimit, instancesCount, customerId, productId, paymentId, subscriptionId, source, createdAt, expiresAt

        var path: String {
            switch self {
            case .type: "type"
            case .timestamp: "timestamp"
            case .id: "data.id"
            case .key: "data.key"
            case .status: "data.status"
            case .activationsLimit: "data.activations_limit"
            case .instancesCount: "data.instances_count"
            case .customerId: "data.customer_id"
            case .productId: "data.product_id"
            case .paymentId: "data.payment_id"
            case .subscriptionId: "data.subscription_id"
            case .source: "data.source"
            case .createdAt: "data.created_at"
            case .expiresAt: "data.expires_at"
            }
        }
    }

    private static let texts: [Field] = [.customerId, .productId, .paymentId, .subscriptionId, .source]
    private let keys: KeyDerivation
    private let reader = JSONReader(FieldPlan(Field.allCases.map(\.path)))
    private let webhookIds = ColumnBuilder(.text), eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz)
    private let ranks = ColumnBuilder(.int2), tieBreaks = ColumnBuilder(.int8), ids = ColumnBuilder(.text), hashes = ColumnBuilder(.bytea)
    private let lastCharacters = ColumnBuilder(.text), statuses = ColumnBuilder(.text), limits = ColumnBuilder(.int8), instances = ColumnBuilder(.int8)
    private let others = texts.map { _ in ColumnBuilder(.text) }
    private let created = ColumnBuilder(.timestamptz), expires = ColumnBuilder(.timestamptz)

    init(_ keys: KeyDerivation) { self.keys = keys }

    var count: Int { ids.count }

    /// In the order of the statement's parameters.
    private var columns: [ColumnBuilder] {
        [webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, ids, hashes, lastCharacters, statuses, limits, instances] + others + [created, expires]
    }

    func reset() { for column in columns { column.reset() } }

    func step() -> PipelineStep? { count == 0 ? nil : LicensingStatement.dodoKeys.step(columns.map { .array($0) }) }

    /// - Throws: `RecordFault` that names the field and never its value; nothing of the event is kept then.
    func add(_ event: IncomingEvent) throws(RecordFault) {
        let found: Result<Void, RecordFault>
        do throws(JSONFault) {
            found = try reader.read(event.body) { fields in Result { () throws(RecordFault) in try add(event, fields) } }
        } catch {
            throw RecordFault(reason: "not-json", detail: "the body is \(error)")
        }
        try found.get()
    }

    private func add(_ event: IncomingEvent, _ fields: borrowing FieldValues) throws(RecordFault) {
        guard !fields.containsNUL else { throw RecordFault(reason: "nul-character", detail: "the body holds the character U+0000, which PostgreSQL cannot store") }
        guard let type = fields[Field.type.rawValue].text, EventType(type) == .licenseKeyCreated else {
            throw RecordFault(reason: "type-mismatch", detail: "the type in the body is not the one in the header ce_type")
        }
        guard let time = fields[Field.timestamp.rawValue].text.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw RecordFault(reason: "no-timestamp", detail: "timestamp is missing or not a time as RFC 3339 has it, so nothing says how new the event is")
        }
        let id = try Self.needed(fields, .id), key = try Self.needed(fields, .key)
        let status = try Self.text(fields, .status)
        let limit = try Self.number(fields, .activationsLimit), instancesCount = try Self.number(fields, .instancesCount)
        var texts: [UnsafeRawBufferPointer?] = []
        for field in Self.texts { texts.append(try Self.text(fields, field)) }
        let createdAt = try Self.time(fields, .createdAt), expiresAt = try Self.time(fields, .expiresAt)

        let rank = status.map { StatusRank.of($0, .licenseKey) } ?? StatusRank.unknown
        let version = StateVersion(eventTime: time, attemptTime: event.attemptTime, rank: rank, bodyHash: event.bodyHash)
        webhookIds.append(bytes: event.webhookId)
        eventTimes.append(version.eventTime.microseconds)
        attemptTimes.append(version.attemptTime.microseconds)
        ranks.append(Int64(version.rank))
        tieBreaks.append(version.tieBreak)
        ids.append(bytes: id)
        keys.hash(dodoKey: key).withBytes { hashes.append(bytes: $0) }
        lastCharacters.append(Self.lastCharacters(key))
        statuses.append(bytes: status)
        limits.append(limit)
        instances.append(instancesCount)
        for (column, text) in zip(others, texts) { column.append(bytes: text) }
        created.append(createdAt?.microseconds)
        expires.append(expiresAt?.microseconds)
    }

    /// At most four, and never more than a quarter of the key.
    private static func lastCharacters(_ key: UnsafeRawBufferPointer) -> String {
        let text = String(decoding: KeyDerivation.trimmed(key), as: UTF8.self)
        return String(text.suffix(min(4, text.count / 4)))
    }

    private static func value(_ fields: borrowing FieldValues, _ field: Field) -> FieldValue? {
        let value = fields[field.rawValue]
        return value.isMissing || value.kind == .null ? nil : value
    }

    private static func text(_ fields: borrowing FieldValues, _ field: Field) throws(RecordFault) -> UnsafeRawBufferPointer? {
        guard let value = value(fields, field) else { return nil }
        guard let text = value.text else { throw RecordFault(reason: "wrong-type", detail: "\(field.path) is not a text") }
        return text
    }

    private static func needed(_ fields: borrowing FieldValues, _ field: Field) throws(RecordFault) -> UnsafeRawBufferPointer {
        guard let text = try text(fields, field) else { throw RecordFault(reason: "missing-field", detail: "\(field.path) is missing") }
        guard text.contains(where: { $0 > 32 }) else { throw RecordFault(reason: "wrong-type", detail: "\(field.path) is an empty text") }
        return text
    }

    private static func number(_ fields: borrowing FieldValues, _ field: Field) throws(RecordFault) -> Int64? {
        guard let value = value(fields, field) else { return nil }
        guard let number = value.int64 else { throw RecordFault(reason: "wrong-type", detail: "\(field.path) is not a whole number of 64 bits") }
        return number
    }

    private static func time(_ fields: borrowing FieldValues, _ field: Field) throws(RecordFault) -> Timestamp? {
        guard let value = value(fields, field) else { return nil }
        guard let time = value.text.flatMap({ Timestamp(rfc3339: $0) }) else { throw RecordFault(reason: "wrong-type", detail: "\(field.path) is not a time as RFC 3339 has it") }
        return time
    }
}
