import CLibCrypto

/// SHA-256 (FIPS 180-4) of one buffer.
package enum SHA256 {
    /// Any thread, no allocation.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var digest = Digest()
        unsafe withUnsafeMutableBytes(of: &digest.bytes) { output in
            // The one-shot function never fails with an output of its own.
            _ = unsafe CLibCrypto.SHA256(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, output.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        return digest
    }
}
