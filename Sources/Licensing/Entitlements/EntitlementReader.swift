import Events
import JSONReader
import Worker

/// Reads `nicobar.entitlement.*` events. Belongs to one thread.
final class EntitlementReader {
    private enum Field: Int, CaseIterable {
        case entitlementId, revision, state, reason, businessId, customerId, sourceKind, sourceId, orderId, productId, quantity, features
        case validFrom, validUntil, policy, keysPer, activations, tokenDays, policyFeatures, keyPrefix, catalogueVersion, changedAt

        var path: String {
            switch self {
            case .entitlementId: "entitlement_id"
            case .revision: "revision"
            case .state: "state"
            case .reason: "reason"
            case .businessId: "business_id"
            case .customerId: "customer_id"
            case .sourceKind: "source_kind"
            case .sourceId: "source_id"
            case .orderId: "order_id"
            case .productId: "product_id"
            case .quantity: "quantity"
            case .features: "features"
            case .validFrom: "valid_from"
            case .validUntil: "valid_until"
            case .policy: "licence_policy"
            case .keysPer: "licence_policy.keys_per"
            case .activations: "licence_policy.activations"
            case .tokenDays: "licence_policy.token_days"
            case .policyFeatures: "licence_policy.features"
            case .keyPrefix: "licence_policy.key_prefix"
            case .catalogueVersion: "catalogue_version"
            case .changedAt: "changed_at"
            }
        }
    }

    /// The reason of the fault that a newer program would not find: an event of ours, in order but for a word that came later.
    static let newerWord = "newer-word"

    private let reader = JSONReader(FieldPlan(Field.allCases.map(\.path)))

    /// - Throws: `RecordFault` that names the field and never its value.
    func read(_ body: UnsafeRawBufferPointer) throws(RecordFault) -> Entitlement {
        let found: Result<Entitlement, RecordFault>
        do throws(JSONFault) {
            found = try reader.read(body) { fields in Result { () throws(RecordFault) in try Self.entitlement(Fields(fields)) } }
        } catch {
            throw RecordFault(reason: "not-json", detail: "the body is \(error)")
        }
        return try found.get()
    }

    private static func entitlement(_ fields: borrowing Fields) throws(RecordFault) -> Entitlement {
        let revision = try fields.number(.revision, in: 1...Int64.max)
        let stateWord = try fields.text(.state), state = Entitlement.State(rawValue: stateWord)
        guard state != nil || isWord(stateWord) else { throw wrong(.state, "active, suspended or revoked") }
        guard let changedAt = try fields.time(.changedAt) else { throw missing(.changedAt) }
        let policy = try Self.policy(fields)
        let own = try fields.features(.features), licensed = policy == nil ? nil : try fields.features(.policyFeatures)
        let entitlement = Entitlement(
            entitlementId: try fields.text(.entitlementId), revision: revision, state: state ?? .revoked, reason: try fields.optionalText(.reason),
            businessId: try fields.optionalText(.businessId), customerId: try fields.optionalText(.customerId),
            sourceKind: try fields.optionalText(.sourceKind), sourceId: try fields.text(.sourceId), orderId: try fields.optionalText(.orderId),
            productId: try fields.optionalText(.productId), quantity: try fields.number(.quantity, in: 0...Entitlement.maxQuantity),
            features: licensed ?? own ?? "[]", validFrom: try fields.time(.validFrom), validUntil: try fields.time(.validUntil), policy: policy?.policy,
            catalogueVersion: try fields.optionalNumber(.catalogueVersion, in: 0...Int64.max), changedAt: changedAt)
        if state == nil { throw newer(.state) }
        if let policy, policy.isNewer { throw newer(.keysPer) }
        guard entitlement.lines <= Entitlement.maxLines else {
            throw RecordFault(reason: "too-many-keys", detail: "quantity asks for more than \(Entitlement.maxLines) keys; keys_per entitlement gives one key with as many seats")
        }
        return entitlement
    }

    private static func policy(_ fields: borrowing Fields) throws(RecordFault) -> (policy: Entitlement.Policy, isNewer: Bool)? {
        guard try fields.isObject(.policy) else { return nil }
        let word = try fields.text(.keysPer), known = Entitlement.Policy.KeysPer(rawValue: word)
        guard known != nil || isWord(word) else { throw wrong(.keysPer, "unit or entitlement") }
        let prefix = try fields.optionalText(.keyPrefix)
        if let prefix, prefix.utf8.count > LicenceKey.maxPrefixCharacters || !prefix.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) {
            throw wrong(.keyPrefix, "up to \(LicenceKey.maxPrefixCharacters) capital letters and digits")
        }
        let policy = Entitlement.Policy(
            keysPer: known ?? .entitlement, activations: try fields.optionalNumber(.activations, in: 0...1_000_000),
            tokenDays: try fields.optionalNumber(.tokenDays, in: 1...3650), keyPrefix: prefix)
        return (policy, known == nil)
    }

    /// Whether a text is such a word as our events have.
    private static func isWord(_ text: String) -> Bool { (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 || $0 == 45 } }

    private static func newer(_ field: Field) -> RecordFault {
        RecordFault(reason: newerWord, detail: "\(field.path) of an entitlement is a word that this license-worker does not know")
    }

    private static func missing(_ field: Field) -> RecordFault { RecordFault(reason: "missing-field", detail: "\(field.path) is missing") }
    private static func wrong(_ field: Field, _ form: String) -> RecordFault { RecordFault(reason: "wrong-type", detail: "\(field.path) is not \(form)") }

    /// The fields of one document by name, each held against what it must be.
    private struct Fields: ~Copyable {
        private let all: [FieldValue]

        init(_ values: borrowing FieldValues) {
            var all: [FieldValue] = []
            all.reserveCapacity(Field.allCases.count)
            for field in Field.allCases { all.append(values[field.rawValue]) }
            self.all = all
        }

        private func value(_ field: Field) -> FieldValue? {
            let value = all[field.rawValue]
            return value.isMissing || value.isNull ? nil : value
        }

        func optionalText(_ field: Field) throws(RecordFault) -> String? {
            guard let value = value(field) else { return nil }
            guard let text = value.string, !value.containsNUL, text.utf8.count <= 300 else { throw wrong(field, "a text of at most 300 bytes") }
            return text
        }

        func text(_ field: Field) throws(RecordFault) -> String {
            guard let text = try optionalText(field) else { throw missing(field) }
            guard !text.isEmpty else { throw wrong(field, "a text with something in it") }
            return text
        }

        func optionalNumber(_ field: Field, in range: ClosedRange<Int64>) throws(RecordFault) -> Int64? {
            guard let value = value(field) else { return nil }
            guard let number = value.int64, range.contains(number) else { throw wrong(field, "a whole number from \(range.lowerBound) to \(range.upperBound)") }
            return number
        }

        func number(_ field: Field, in range: ClosedRange<Int64>) throws(RecordFault) -> Int64 {
            guard let number = try optionalNumber(field, in: range) else { throw missing(field) }
            return number
        }

        func time(_ field: Field) throws(RecordFault) -> Timestamp? {
            guard let value = value(field) else { return nil }
            guard let time = value.text.flatMap({ Timestamp(rfc3339: $0) }) else { throw wrong(field, "a time as RFC 3339 has it") }
            return time
        }

        func isObject(_ field: Field) throws(RecordFault) -> Bool {
            guard let value = value(field) else { return false }
            guard value.kind == .object else { throw wrong(field, "an object") }
            return true
        }

        func features(_ field: Field) throws(RecordFault) -> String? {
            guard let value = value(field) else { return nil }
            guard value.kind == .array, !value.containsNUL, let raw = value.raw, let list = FeatureList.compact(raw) else { throw wrong(field, "an array of texts") }
            return list
        }
    }
}
