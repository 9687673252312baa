import CLibCrypto

/// Compares secrets: how long it takes depends on the length only (CRYPTO_memcmp). Buffers of different lengths are unequal.
package func constantTimeEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard let first = left.baseAddress, let second = right.baseAddress else { return true }
    return unsafe CRYPTO_memcmp(first, second, left.count) == 0
}

/// Overwrites a secret in a way that the compiler does not drop (OPENSSL_cleanse).
func cleanse(_ buffer: UnsafeMutableRawBufferPointer) {
    if let start = buffer.baseAddress { unsafe OPENSSL_cleanse(start, buffer.count) }
}
