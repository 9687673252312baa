import LibCrypto
package import Settings

/// What all keys are derived from: licence keys, the hashes they are looked up by, and the private halves of signing keys.
///
/// Whoever has it can make any licence; whoever loses it can show none again (docs/decisions/0005). Prints as redacted.
package struct MasterSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What a derived key is for. The words are part of the derivation and never change.
    enum Purpose: String {
        case licenceKeys = "nicobar/licence-keys/1"
        case lookup = "nicobar/licence-lookup/1"
        case signing = "nicobar/licence-signing/1"
        case fingerprint = "nicobar/licence-master-fingerprint/1"
    }

    package static let variable = "NICOBAR_LICENSE_MASTER_SECRET"
    private static let leastBytes = 32
    private let key: HMACSHA256Key

    /// Reads it from `NICOBAR_LICENSE_MASTER_SECRET`, or the file that `…_FILE` names.
    ///
    /// - Throws: `SettingsError`, without anything of the secret.
    package init(_ environment: Environment) throws(SettingsError) {
        let source = try environment.secret(
            Self.variable, expected: "at least 32 random bytes in base64 or hexadecimal", example: "\"$(openssl rand -base64 32)\"")
        guard let secret = MasterSecret(encoded: source.secret.text) else {
            throw SettingsError(source.variable, "does not hold 32 bytes or more in base64 or hexadecimal", expected: "what openssl rand -base64 32 prints")
        }
        self = secret
    }

    /// - Parameter text: hexadecimal when it looks like it, else base64 or base64url with or without padding.
    /// - Returns: nil when it is neither or shorter than 32 bytes.
    package init?(encoded text: String) {
        let text = text.trimmed
        guard let bytes = Self.hexadecimal(text) ?? Base64URL.decode(anyAlphabet: text), bytes.count >= Self.leastBytes else { return nil }
        key = bytes.withUnsafeBytes { HMACSHA256Key($0) }
    }

    /// A key for one purpose; from it neither the secret nor the key of another purpose can be found.
    func derived(_ purpose: Purpose) -> HMACSHA256Key {
        let raw = key.mac(Array(purpose.rawValue.utf8))
        return raw.withBytes { HMACSHA256Key($0) }
    }

    /// Sixteen bytes that tell this secret from another.
    var fingerprint: [UInt8] { Array(derived(.fingerprint).mac([]).array.prefix(16)) }

    package var description: String { "(redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count >= 2 * leastBytes, digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
    }
}

extension HMACSHA256Key {
    func mac(_ bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { mac($0) } }
}
