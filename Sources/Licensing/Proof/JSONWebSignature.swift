import JSONReader
import LibCrypto

/// JWS in compact form (RFC 7515) with EdDSA over Ed25519 (RFC 8037), and nothing else: no other algorithm, no `crit`, one encoding for each text.
enum JSONWebSignature {
    /// What a text is signed for, in the header `typ` (RFC 8725, 3.11): a revocation list is no licence.
    enum Purpose: String {
        case licence = "licence+jwt"
        case revocations = "revocations+jwt"
    }

    static let maxBytes = 4 << 20

    static func sign(_ payload: [UInt8], as purpose: Purpose, kid: String, with key: Ed25519.PrivateKey) throws(CryptoError) -> String {
        var header = JSONObject()
        header.add("alg", "EdDSA")
        header.add("typ", purpose.rawValue)
        header.add("kid", kid)
        let input = Base64URL.encode(header.finish()) + "." + Base64URL.encode(payload)
        return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
    }

    /// The payload of a text whose signature is right.
    ///
    /// - Parameter keys: by kid.
    /// - Throws: the first fault, in the order form, algorithm, purpose, key, signature.
    static func verify(_ text: String, as purpose: Purpose, keys: [String: Ed25519.PublicKey]) throws(ProofFault) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count <= maxBytes else { throw .malformed }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]) else {
            throw .malformed
        }
        let named = try read(header)
        guard named.alg == "EdDSA" else { throw .algorithm }
        guard named.typ == purpose.rawValue else { throw .type }
        guard !named.isCritical else { throw .malformed }
        guard let kid = named.kid, let key = keys[kid] else { throw .unknownKey }
        guard key.isValid(signature, for: Array(bytes[..<parts[2].startIndex].dropLast())) else { throw .signature }
        return payload
    }

    private static let plan = FieldPlan(["alg", "typ", "kid", "crit"])

    private static func read(_ header: [UInt8]) throws(ProofFault) -> (alg: String?, typ: String?, kid: String?, isCritical: Bool) {
        do {
            return try header.withUnsafeBytes { bytes in
                try JSONReader(plan).read(bytes) { ($0[0].string, $0[1].string, $0[2].string, !$0[3].isMissing) }
            }
        } catch { throw .malformed }
    }
}
