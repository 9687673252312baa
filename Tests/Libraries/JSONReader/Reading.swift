import JSONReader

/// A value with copies of what it was lent, to look at after the reading.
struct Field: Equatable {
    var kind: FieldValue.Kind
    var isNull: Bool
    var raw: String?
    var string: String?
    var bool: Bool?
    var int64: Int64?
    var double: Double?
    var containsNUL: Bool

    init(_ value: FieldValue) {
        kind = value.kind
        isNull = value.isNull
        raw = value.raw.map { String(decoding: $0, as: UTF8.self) }
        string = value.string
        bool = value.bool
        int64 = value.int64
        double = value.double
        containsNUL = value.containsNUL
    }
}

extension JSONReader {
    /// Reads and copies every field.
    func fields(_ text: [UInt8]) throws(JSONFault) -> [Field] {
        // The closure of an array's own method would lose the type of the error.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: text)
        return try read(UnsafeRawBufferPointer(copy)) { values in
            (0..<values.count).map { Field(values[$0]) }
        }
    }

    func fields(_ text: String) throws(JSONFault) -> [Field] { try fields(Array(text.utf8)) }

    /// What is wrong with a text; nil when nothing is.
    func fault(_ text: [UInt8]) -> JSONFault? {
        do {
            _ = try fields(text)
            return nil
        } catch {
            return error
        }
    }

    func fault(_ text: String) -> JSONFault? { fault(Array(text.utf8)) }
}

/// Reads one document with a reader of its own.
func read(_ text: String, _ paths: String...) throws(JSONFault) -> [Field] {
    try JSONReader(FieldPlan(paths)).fields(text)
}
