/// The `traceparent` of a delivery (W3C Trace Context, level 1): the sender's when it is one, else a new one, so that every event can be followed. Belongs to one thread.
struct TraceContext {
    private var text: [UInt8] = Array("00-00000000000000000000000000000000-0000000000000000-00".utf8)
    /// Seeded once from the system; asking the kernel three times an event would cost more than everything else here, and these numbers need only differ.
    private var state = UInt64.random(in: 0 ... .max)
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
        write(next() | 1, at: 3)
        write(next(), at: 19)
        write(next() | 1, at: 36)
        return text.withUnsafeBytes(body)
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func write(_ value: UInt64, at start: Int) {
        var value = value
        for index in stride(from: start + 15, through: start, by: -1) {
            text[index] = Self.digits[Int(value & 15)]
            value >>= 4
        }
    }
}
