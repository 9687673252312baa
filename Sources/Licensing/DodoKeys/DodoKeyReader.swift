import Events
import JSONReader
import Worker

/// Reads what tells of Dodo's keys: license_key.created (FACTS 5.6), and the entitlement grants that are for a licence key (FACTS 5.7). Belongs to one thread.
final class DodoKeyReader {
    private enum Field: Int, CaseIterable {
        case type, timestamp, data, id, status, customerId, paymentId, subscriptionId
        case key, activationsLimit, instancesCount, productId, source, createdAt, expiresAt
        case integrationType, carried, carriedId, carriedKey, carriedStatus, carriedLimit, carriedUsed, carriedExpiry

        var path: String {
            switch self {
            case .type: "type"
            case .timestamp: "timestamp"
            case .data: "data"
            case .id: "data.id"
            case .status: "data.status"
            case .customerId: "data.customer_id"
            case .paymentId: "data.payment_id"
            case .subscriptionId: "data.subscription_id"
            case .key: "data.key"
            case .activationsLimit: "data.activations_limit"
            case .instancesCount: "data.instances_count"
            case .productId: "data.product_id"
            case .source: "data.source"
            case .createdAt: "data.created_at"
            case .expiresAt: "data.expires_at"
            case .integrationType: "data.integration_type"
            case .carried: "data.license_key"
            case .carriedId: "data.license_key.id"
            case .carriedKey: "data.license_key.key"
            case .carriedStatus: "data.license_key.status"
            case .carriedLimit: "data.license_key.activations_limit"
            case .carriedUsed: "data.license_key.activations_used"
            case .carriedExpiry: "data.license_key.expires_at"
            }
        }
    }

    private let reader = JSONReader(FieldPlan(Field.allCases.map(\.path)))

    /// Whether a type may tell of one of Dodo's keys.
    static func reads(_ type: EventType) -> Bool { type.payload == .licenseKey || type.payload == .entitlementGrant }

    /// Reads an event.
    ///
    /// - Parameters:
    ///   - type: the type by its header.
    ///   - take: gets the fact, with texts that hold until it returns.
    /// - Returns: false for a grant of something else than a licence key, which is not looked into any further.
    /// - Throws: `RecordFault` that names the field and never its value.
    func read(_ event: IncomingEvent, _ type: EventType, _ take: (DodoKeyFact) -> Void) throws(RecordFault) -> Bool {
        let found: Result<Bool, RecordFault>
        do throws(JSONFault) {
            found = try reader.read(event.body) { fields in
                Result { () throws(RecordFault) in
                    guard let fact = try Self.fact(event, type, fields) else { return false }
                    take(fact)
                    return true
                }
            }
        } catch {
            throw RecordFault(reason: "not-json", detail: "the body is \(error)")
        }
        return try found.get()
    }

    private static func fact(_ event: IncomingEvent, _ type: EventType, _ fields: borrowing FieldValues) throws(RecordFault) -> DodoKeyFact? {
        guard let name = fields[Field.type.rawValue].text, EventType(name) == type else {
            throw RecordFault(reason: "type-mismatch", detail: "the type in the body is not the one in the header ce_type")
        }
        guard fields[Field.data.rawValue].kind == .object else { throw RecordFault(reason: "missing-field", detail: "data is not an object") }
        let isGrant = type.payload == .entitlementGrant
        if isGrant, value(fields, .carried) == nil, fields[Field.integrationType.rawValue].string != "license_key" { return nil }
        // Before anything of it is kept: PostgreSQL stores no NUL in a text.
        guard !fields.containsNUL else { throw RecordFault(reason: "nul-character", detail: "the body holds the character U+0000, which PostgreSQL cannot store") }
        guard let time = fields[Field.timestamp.rawValue].text.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw RecordFault(reason: "no-timestamp", detail: "timestamp is missing or not a time as RFC 3339 has it, so nothing says how new the event is")
        }
        let status = try text(fields, .status)
        let rank = status.map { StatusRank.of($0, type.payload) } ?? StatusRank.unknown
        var fact = DodoKeyFact(
            version: StateVersion(eventTime: time, attemptTime: event.attemptTime, rank: rank, bodyHash: event.bodyHash),
            customerId: try text(fields, .customerId), paymentId: try text(fields, .paymentId), subscriptionId: try text(fields, .subscriptionId))
        if isGrant {
            fact.grant = DodoKeyFact.Grant(id: try needed(fields, .id), status: status)
            fact.key = try carriedKey(fields)
        } else {
            fact.key = DodoKeyFact.Key(
                id: try needed(fields, .id), text: try needed(fields, .key), status: status, activationsLimit: try number(fields, .activationsLimit),
                activationsUsed: try number(fields, .instancesCount), expiresAt: try instant(fields, .expiresAt))
            fact.productId = try text(fields, .productId)
            fact.source = try text(fields, .source)
            fact.createdAt = try instant(fields, .createdAt)
        }
        return fact
    }

    private static func carriedKey(_ fields: borrowing FieldValues) throws(RecordFault) -> DodoKeyFact.Key? {
        guard let carried = value(fields, .carried) else { return nil }
        guard carried.kind == .object else { throw RecordFault(reason: "wrong-type", detail: "\(Field.carried.path) is not an object") }
        return DodoKeyFact.Key(
            id: try needed(fields, .carriedId), text: try needed(fields, .carriedKey), status: try text(fields, .carriedStatus),
            activationsLimit: try number(fields, .carriedLimit), activationsUsed: try number(fields, .carriedUsed), expiresAt: try instant(fields, .carriedExpiry))
    }

    private static func value(_ fields: borrowing FieldValues, _ field: Field) -> FieldValue? {
        let value = fields[field.rawValue]
        return value.isMissing || value.isNull ? nil : value
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

    private static func instant(_ fields: borrowing FieldValues, _ field: Field) throws(RecordFault) -> Timestamp? {
        guard let value = value(fields, field) else { return nil }
        guard let time = value.text.flatMap({ Timestamp(rfc3339: $0) }) else { throw RecordFault(reason: "wrong-type", detail: "\(field.path) is not a time as RFC 3339 has it") }
        return time
    }
}
