import Events
import JSONReader
import Worker

/// Fields in the form they must have. Missing and null are the same; an unknown word in a text is no fault; another form is one, since access that rests on a
/// guess is worse than an event that waits for somebody.
extension FieldValues {
    /// A text that must be there, and short enough to be an id.
    func id(_ field: Field) throws(RecordFault) -> UnsafeRawBufferPointer {
        guard let text = try text(field) else { throw RecordFault(reason: "missing-field", detail: "\(field.path) is missing") }
        guard !text.isEmpty, text.count <= EntityKey.maxBytes else { throw Self.wrong(field, "an id of 1 to \(EntityKey.maxBytes) bytes") }
        return text
    }

    func text(_ field: Field) throws(RecordFault) -> UnsafeRawBufferPointer? {
        let value = self[field.rawValue]
        if value.isMissing || value.isNull { return nil }
        guard let text = value.text else { throw Self.wrong(field, "a text") }
        return text
    }

    /// An id that may be missing; an empty one is.
    func optionalId(_ field: Field) throws(RecordFault) -> UnsafeRawBufferPointer? {
        guard let text = try text(field), !text.isEmpty else { return nil }
        guard text.count <= EntityKey.maxBytes else { throw Self.wrong(field, "an id of 1 to \(EntityKey.maxBytes) bytes") }
        return text
    }

    func whole(_ field: Field) throws(RecordFault) -> Int64? {
        let value = self[field.rawValue]
        if value.isMissing || value.isNull { return nil }
        guard let number = value.int64 else { throw Self.wrong(field, "a whole number of 64 bits") }
        return number
    }

    func flag(_ field: Field) throws(RecordFault) -> Bool? {
        let value = self[field.rawValue]
        if value.isMissing || value.isNull { return nil }
        guard let flag = value.bool else { throw Self.wrong(field, "true or false") }
        return flag
    }

    func time(_ field: Field) throws(RecordFault) -> Timestamp? {
        guard let text = try text(field) else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw Self.wrong(field, "a time as RFC 3339 has it") }
        return time
    }

    /// The JSON of an array; nil when missing or null.
    func array(_ field: Field) throws(RecordFault) -> UnsafeRawBufferPointer? {
        let value = self[field.rawValue]
        if value.isMissing || value.isNull { return nil }
        guard value.kind == .array, let raw = value.raw else { throw Self.wrong(field, "an array") }
        return raw
    }

    static func wrong(_ field: Field, _ expected: String) -> RecordFault {
        RecordFault(reason: "wrong-type", detail: "\(field.path) is not \(expected)")
    }
}

/// How many of a product anybody may buy; more is a mistake, and would be as many licence keys.
let quantityBounds: ClosedRange<Int64> = 0...100_000

extension FieldValues {
    func quantity(_ field: Field) throws(RecordFault) -> Int64? {
        guard let number = try whole(field) else { return nil }
        guard quantityBounds.contains(number) else {
            throw RecordFault(reason: "quantity-out-of-range", detail: "\(field.path) is not from \(quantityBounds.lowerBound) to \(quantityBounds.upperBound)")
        }
        return number
    }
}
