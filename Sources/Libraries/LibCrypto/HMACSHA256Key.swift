import CLibCrypto

/// A key for HMAC-SHA256 (RFC 2104), absorbed once: each MAC starts from copies of the two keyed states, which spares two of the compressions and every allocation.
///
/// Sendable: the states are written in `init` and `deinit` only; every MAC works on copies on the caller's stack. They are wiped when the last owner lets go.
package final class HMACSHA256Key: @unchecked Sendable {
    private var inner = SHA256_CTX()
    private var outer = SHA256_CTX()

    /// - Parameter key: of any length; longer than 64 bytes it is hashed first, as the RFC says.
    package init(_ key: UnsafeRawBufferPointer) {
        var block = InlineArray<64, UInt8>(repeating: 0)
        if key.count > 64 {
            let short = unsafe SHA256.hash(key)
            for index in 0..<32 { block[index] = short.bytes[index] }
        } else {
            for unsafe (index, byte) in unsafe key.enumerated() { block[index] = byte }
        }
        HMACSHA256Key.start(&inner, block, 0x36)
        HMACSHA256Key.start(&outer, block, 0x5C)
        unsafe withUnsafeMutableBytes(of: &block) { unsafe cleanse($0) }
    }

    deinit {
        unsafe withUnsafeMutableBytes(of: &inner) { unsafe cleanse($0) }
        unsafe withUnsafeMutableBytes(of: &outer) { unsafe cleanse($0) }
    }

    private static func start(_ state: inout SHA256_CTX, _ block: InlineArray<64, UInt8>, _ pad: UInt8) {
        var padded = block
        for index in 0..<64 { padded[index] ^= pad }
        _ = unsafe SHA256_Init(&state)
        unsafe withUnsafeMutableBytes(of: &padded) { bytes in
            _ = unsafe SHA256_Update(&state, bytes.baseAddress, bytes.count)
            unsafe cleanse(bytes)
        }
    }

    /// A MAC under way; add the pieces in order, then finish.
    package struct Computation: ~Copyable {
        private var inner: SHA256_CTX
        private var outer: SHA256_CTX

        fileprivate init(_ inner: SHA256_CTX, _ outer: SHA256_CTX) {
            self.inner = inner
            self.outer = outer
        }

        package mutating func add(_ bytes: UnsafeRawBufferPointer) {
            _ = unsafe SHA256_Update(&inner, bytes.baseAddress, bytes.count)
        }

        package mutating func add(_ byte: UInt8) {
            unsafe withUnsafeBytes(of: byte) { unsafe add($0) }
        }

        package consuming func finish() -> Digest {
            var digest = Digest()
            unsafe withUnsafeMutableBytes(of: &digest.bytes) { bytes in
                let place = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe SHA256_Final(place, &inner)
                unsafe SHA256_Update(&outer, bytes.baseAddress, 32)
                unsafe SHA256_Final(place, &outer)
            }
            return digest
        }
    }

    /// Starts a MAC. Any thread.
    package func begin() -> Computation {
        Computation(inner, outer)
    }

    /// The MAC of one buffer. Any thread.
    package func mac(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var computation = begin()
        unsafe computation.add(bytes)
        return computation.finish()
    }
}
