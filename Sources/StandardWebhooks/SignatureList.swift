import LibCrypto

/// The value of `webhook-signature`: entries `version,base64` separated by spaces.
enum SignatureList {
    private static let version: StaticString = "v1,"

    /// True when an entry is `v1,` and the base64 of the digest.
    ///
    /// The digest is encoded rather than the entries decoded: one spelling is right, so text that is no base64 is merely different, and an entry of another version, an
    /// empty or a broken one is passed over. Each comparison takes the same time wherever the first difference is.
    static func contains(_ digest: Digest, in list: UnsafeRawBufferPointer) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: version.utf8CodeUnitCount + Base64.digestLength, alignment: 1) { expected in
            let prefix = version.utf8CodeUnitCount
            expected.copyMemory(from: UnsafeRawBufferPointer(start: version.utf8Start, count: prefix))
            digest.withBytes { Base64.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: expected[prefix...])) }

            var start = 0
            while start < list.count {
                var end = start
                while end < list.count, list[end] != UInt8(ascii: " ") { end += 1 }
                if constantTimeEqual(UnsafeRawBufferPointer(rebasing: list[start..<end]), UnsafeRawBufferPointer(expected)) { return true }
                start = end + 1
            }
            return false
        }
    }
}
