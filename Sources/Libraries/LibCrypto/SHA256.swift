import CLibCrypto

/// SHA-256 (FIPS 180-4) of one buffer.
package enum SHA256 {
    /// Any thread, no allocation: the state is on the stack. The one-shot `SHA256` of OpenSSL 3 looks the algorithm up by its name each time, which costs three
    /// allocations and a third of the time of a usual body.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var state = SHA256_CTX(), digest = Digest()
        // None of the three ever fails.
        _ = unsafe SHA256_Init(&state)
        if bytes.count > 0 { _ = unsafe SHA256_Update(&state, bytes.baseAddress, bytes.count) }
        unsafe withUnsafeMutableBytes(of: &digest.bytes) { output in
            _ = unsafe SHA256_Final(output.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
        }
        return digest
    }
}
