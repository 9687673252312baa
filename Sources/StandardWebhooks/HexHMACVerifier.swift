import LibCrypto

/// Verifies the plain form that Dodo's integration guide shows: `webhook-signature` is the hexadecimal HMAC-SHA256 of the body alone, under the secret's text as the key.
///
/// Weaker than Standard Webhooks: neither the id nor the time is signed, so whoever has seen a delivery can send it again at any time, under any id.
/// Only for those who choose it explicitly. A check allocates nothing and may run on any thread.
public struct HexHMACVerifier: Sendable {
    private let keys: [HMACSHA256Key]

    /// - Parameter secrets: the texts exactly as shown by the sender, `whsec_` included if it is there.
    public init(secrets: [String]) throws(SecretError) {
        guard !secrets.isEmpty, secrets.allSatisfy({ !$0.isEmpty }) else { throw .empty }
        keys = secrets.map { Array($0.utf8).withUnsafeBytes { HMACSHA256Key($0) } }
    }

    /// Checks one delivery; the case of the hexadecimal digits does not matter.
    public func verify(signature: UnsafeRawBufferPointer?, body: UnsafeRawBufferPointer) -> Verification {
        guard let signature, !signature.isEmpty else { return .invalid(.missingSignature) }
        guard let given = Self.digest(hex: signature) else { return .invalid(.noMatchingSignature) }
        for (index, key) in keys.enumerated() where key.mac(body) == given {
            return .valid(secretIndex: index)
        }
        return .invalid(.noMatchingSignature)
    }

    /// Exactly 64 digits.
    private static func digest(hex: UnsafeRawBufferPointer) -> Digest? {
        guard hex.count == 64 else { return nil }
        var digest = Digest()
        for index in 0..<32 {
            guard let high = nibble(hex[2 * index]), let low = nibble(hex[2 * index + 1]) else { return nil }
            digest.bytes[index] = high << 4 | low
        }
        return digest
    }

    private static func nibble(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension HexHMACVerifier: CustomStringConvertible, CustomReflectable {
    public var description: String { "HexHMACVerifier(redacted)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
