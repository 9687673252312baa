import CLibCrypto

/// Unpredictable bytes, fit for keys and nonces (RAND_bytes). Any thread.
/// - Throws: when the generator could not be seeded; never gives weaker bytes instead.
package func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    guard count > 0 else { return [] }
    let (bytes, filled) = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { buffer in
        let filled = unsafe RAND_bytes(buffer.baseAddress, Int32(count)) == 1
        defer { unsafe cleanse(UnsafeMutableRawBufferPointer(buffer)) }
        return unsafe (filled ? Array(buffer) : [], filled)
    }
    guard filled else { throw CryptoError("random bytes") }
    return bytes
}
