import LibCrypto

/// Derives licence keys and the hashes they are found by. Pure, any thread.
package struct KeyDerivation: Sendable {
    private let keys: HMACSHA256Key
    private let lookup: HMACSHA256Key
    /// Tells the master secret from another.
    let fingerprint: [UInt8]

    package init(_ secret: MasterSecret) {
        keys = secret.derived(.licenceKeys)
        lookup = secret.derived(.lookup)
        fingerprint = secret.fingerprint
    }

    /// The key of a licence line: the same for ever, until a reissue raises the generation.
    ///
    /// What goes into the MAC is unambiguous: line and generation, eight bytes each, then the entitlement's id to the end.
    package func key(entitlement id: String, line: Int, generation: Int) -> LicenceKey {
        var message: [UInt8] = []
        for number in [line, generation] { withUnsafeBytes(of: UInt64(number).bigEndian) { message.append(contentsOf: $0) } }
        message.append(contentsOf: id.utf8)
        return LicenceKey(CheckedSymbols(data: keys.mac(message).array))
    }

    /// The hash of one of our keys.
    func hash(_ key: LicenceKey) -> Digest { hash(kind: "n", Array(key.compact.utf8)) }

    /// The hash of a key that Dodo made: its text as it is, without white space around it.
    func hash(dodoKey text: UnsafeRawBufferPointer) -> Digest { hash(kind: "d", Self.trimmed(text)) }

    /// Every hash under which a text that somebody typed may be known: as one of Dodo's, and as one of ours when it reads as one.
    func hashes(typed text: String) -> [Digest] {
        let dodo = Array(text.utf8).withUnsafeBytes { hash(dodoKey: $0) }
        return [dodo] + (LicenceKey(reading: text).map { [hash($0)] } ?? [])
    }

    private func hash(kind: Unicode.Scalar, _ text: [UInt8]) -> Digest {
        lookup.mac([UInt8(ascii: kind)] + text)
    }

    static func trimmed(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        let start = text.firstIndex { $0 > 32 } ?? text.endIndex
        let end = text.lastIndex { $0 > 32 }.map { $0 + 1 } ?? start
        return Array(text[start..<end])
    }
}
