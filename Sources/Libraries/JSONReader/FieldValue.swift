import CSimdJSON

/// One value of a document, without a copy. It must not outlive the closure that it was lent to: it points into the text and into the reader.
@safe package struct FieldValue {
    package enum Kind: Sendable {
        /// The document has no such member, or something on the way to it is not an object.
        case missing
        case null, bool, number, string, object, array
    }

    private let value: UnsafePointer<nicobar_json_value>

    init(_ value: UnsafePointer<nicobar_json_value>) {
        unsafe self.value = value
    }

    package var kind: Kind {
        switch unsafe nicobar_json_type(value.pointee.type) {
        case NICOBAR_JSON_NULL: .null
        case NICOBAR_JSON_FALSE, NICOBAR_JSON_TRUE: .bool
        case NICOBAR_JSON_NUMBER: .number
        case NICOBAR_JSON_STRING: .string
        case NICOBAR_JSON_OBJECT: .object
        case NICOBAR_JSON_ARRAY: .array
        default: .missing
        }
    }

    package var isMissing: Bool { unsafe value.pointee.type == NICOBAR_JSON_MISSING.rawValue }

    /// Whether the document says `null`; not when the field is missing.
    package var isNull: Bool { unsafe value.pointee.type == NICOBAR_JSON_NULL.rawValue }

    /// The JSON text of any value, as the document has it: strings with quotes and escapes, objects with their white space. Nil when missing.
    package var raw: UnsafeRawBufferPointer? {
        isMissing ? nil : unsafe UnsafeRawBufferPointer(start: value.pointee.raw, count: value.pointee.raw_length)
    }

    /// The content of a string in UTF-8, unescaped; nil for anything else.
    package var text: UnsafeRawBufferPointer? {
        guard unsafe value.pointee.type == NICOBAR_JSON_STRING.rawValue else { return nil }
        return unsafe UnsafeRawBufferPointer(start: value.pointee.text, count: value.pointee.text_length)
    }

    /// The content of a string, copied; nil for anything else.
    package var string: String? {
        guard let text = unsafe text else { return nil }
        return unsafe String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything but `true` and `false`.
    package var bool: Bool? {
        switch unsafe nicobar_json_type(value.pointee.type) {
        case NICOBAR_JSON_TRUE: true
        case NICOBAR_JSON_FALSE: false
        default: nil
        }
    }

    /// Whether a string has an escaped NUL, or an object or array has one in any string or name inside it; false for the rest.
    package var containsNUL: Bool {
        unsafe !isMissing && value.pointee.has_nul
    }
}
