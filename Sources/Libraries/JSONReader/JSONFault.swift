import CSimdJSON

/// Why a text is not a JSON object (RFC 8259), or not one that is read here; holds nothing of the text.
package struct JSONFault: Error, Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// No byte, or white space only.
        case empty
        /// Longer than the reader's limit.
        case tooLong
        /// No memory for a text of this length.
        case outOfMemory
        /// It begins with the three bytes of a byte order mark.
        case byteOrderMark
        /// It begins like an array, a string, a number, `true`, `false` or `null`; the rest was not looked at.
        case notAnObject
        /// More objects and arrays inside one another than the reader's limit.
        case tooDeep
        /// It ends inside the object or inside a string.
        case unterminated
        /// Something stands where the grammar wants something else: a comment, a comma too many, `NaN`.
        case unexpected
        /// Something stands behind the object.
        case trailingContent
        /// Not UTF-8.
        case invalidUTF8
        /// A number with a leading zero, without a digit where one must be, or with something behind it.
        case invalidNumber
        /// A backslash with something behind it that has no meaning.
        case invalidEscape
        /// An escaped half of a surrogate pair without the other half.
        case loneSurrogate
        /// A byte below 0x20 in a string.
        case controlCharacter
    }

    package let kind: Kind
    /// Where it was noticed, in bytes from the start; nil when the place has no meaning or is not known.
    package let offset: Int?

    package init(_ kind: Kind, at offset: Int? = nil) {
        self.kind = kind
        self.offset = offset
    }

    /// - Parameter text: the text that was read, to find what simdjson does not tell.
    init(_ outcome: nicobar_json_outcome, in text: UnsafeRawBufferPointer) {
        kind = Kind(nicobar_json_fault(outcome.fault))
        let known = outcome.offset == Int(bitPattern: UInt.max) ? nil : Int(outcome.offset)
        offset = unsafe kind == .invalidUTF8 ? JSONFault.firstInvalidUTF8(text) : known
    }

    private static func firstInvalidUTF8(_ text: UnsafeRawBufferPointer) -> Int? {
        do {
            _ = unsafe try UTF8Span(validating: Span(_bytes: text.bytes))
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }
}

extension JSONFault: CustomStringConvertible {
    /// One line, fit for a log.
    package var description: String {
        guard let offset else { return "not a readable JSON object: \(kind.sentence)" }
        return "not a readable JSON object: \(kind.sentence) (byte \(offset))"
    }
}

extension JSONFault.Kind {
    fileprivate init(_ fault: nicobar_json_fault) {
        self =
            switch fault {
            case NICOBAR_JSON_EMPTY: .empty
            case NICOBAR_JSON_TOO_LONG: .tooLong
            case NICOBAR_JSON_NO_MEMORY: .outOfMemory
            case NICOBAR_JSON_BYTE_ORDER_MARK: .byteOrderMark
            case NICOBAR_JSON_NOT_AN_OBJECT: .notAnObject
            case NICOBAR_JSON_TOO_DEEP: .tooDeep
            case NICOBAR_JSON_UNTERMINATED: .unterminated
            case NICOBAR_JSON_TRAILING_CONTENT: .trailingContent
            case NICOBAR_JSON_INVALID_UTF8: .invalidUTF8
            case NICOBAR_JSON_INVALID_NUMBER: .invalidNumber
            case NICOBAR_JSON_INVALID_ESCAPE: .invalidEscape
            case NICOBAR_JSON_LONE_SURROGATE: .loneSurrogate
            case NICOBAR_JSON_CONTROL_CHARACTER: .controlCharacter
            default: .unexpected
            }
    }

    fileprivate var sentence: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong: "it is longer than the limit"
        case .outOfMemory: "there is no memory for it"
        case .byteOrderMark: "it begins with a byte order mark"
        case .notAnObject: "it is another kind of value"
        case .tooDeep: "it is nested deeper than the limit"
        case .unterminated: "it ends too early"
        case .unexpected: "something stands where it must not"
        case .trailingContent: "something stands behind the object"
        case .invalidUTF8: "it is not UTF-8"
        case .invalidNumber: "a number is malformed"
        case .invalidEscape: "an escape is malformed"
        case .loneSurrogate: "an escape is half a surrogate pair"
        case .controlCharacter: "a string has an unescaped control character"
        }
    }
}
