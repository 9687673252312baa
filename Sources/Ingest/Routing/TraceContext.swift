/// The `traceparent` of a delivery (W3C Trace Context, level 1): the sender's when it is one, else a new one, so that every event can be followed. Belongs to one thread.
struct TraceContext {
    private var text: [UInt8] = Array("00-00000000000000000000000000000000-0000000000000000-00".utf8)
    private var random = SystemRandomNumberGenerator()
    private static let digits = Array("0123456789abcdef".utf8)

    /// Whether a text is a `traceparent` of version 00 that names a trace and a span.
    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count == 55, text[0] == 48, text[1] == 48 else { return false }
        var nonzeroTrace = false, nonzeroSpan = false
        for (index, byte) in text.enumerated() {
            if index == 2 || index == 35 || index == 52 {
                guard byte == UInt8(ascii: "-") else { return false }
                continue
            }
            guard digits.contains(byte) else { return false }
            if (3..<35).contains(index), byte != 48 { nonzeroTrace = true }
            if (36..<52).contains(index), byte != 48 { nonzeroSpan = true }
        }
        return nonzeroTrace && nonzeroSpan
    }

    /// Lends the given text when it is valid, else a new one.
    mutating func with<Value>(_ given: UnsafeRawBufferPointer?, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        if let given, Self.isValid(given) { return body(given) }
        write(random.next() | 1, at: 3)
        write(random.next(), at: 19)
        write(random.next() | 1, at: 36)
        return text.withUnsafeBytes(body)
    }

    private mutating func write(_ value: UInt64, at start: Int) {
        var value = value
        for index in stride(from: start + 15, through: start, by: -1) {
            text[index] = Self.digits[Int(value & 15)]
            value >>= 4
        }
    }
}
