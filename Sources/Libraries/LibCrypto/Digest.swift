/// The 32 bytes of a SHA-256 hash or of an HMAC over it; holds no reference, so it costs no allocation.
package struct Digest: Sendable {
    package var bytes: InlineArray<32, UInt8>

    package init(bytes: InlineArray<32, UInt8> = InlineArray(repeating: 0)) {
        self.bytes = bytes
    }

    /// Lends the bytes.
    package func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        var copy = bytes
        return unsafe try withUnsafeBytes(of: &copy) { unsafe try body($0) }
    }

    /// A copy as an array, for the places where that costs nothing that matters.
    package var array: [UInt8] { unsafe withBytes { unsafe Array($0) } }

    /// The first eight bytes as a big-endian number.
    package var prefix64: Int64 {
        var value: UInt64 = 0
        for index in 0..<8 { value = value << 8 | UInt64(bytes[index]) }
        return Int64(bitPattern: value)
    }
}

extension Digest: Equatable, Hashable {
    /// In constant time.
    package static func == (left: Digest, right: Digest) -> Bool {
        unsafe left.withBytes { a in unsafe right.withBytes { b in unsafe constantTimeEqual(a, b) } }
    }

    package func hash(into hasher: inout Hasher) {
        unsafe withBytes { unsafe hasher.combine(bytes: $0) }
    }
}
