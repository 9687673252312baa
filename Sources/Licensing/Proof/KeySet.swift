import FoundationEssentials
import LibCrypto

/// The public keys that tokens are verified with: a JWK Set (RFC 7517) of Ed25519 keys (RFC 8037).
package struct KeySet: Sendable {
    private let order: [(kid: String, raw: [UInt8])]
    let publicKeys: [String: Ed25519.PublicKey]

    init(_ keys: [(kid: String, publicKey: [UInt8])]) throws(CryptoError) {
        order = keys.map { ($0.kid, $0.publicKey) }
        var publicKeys: [String: Ed25519.PublicKey] = [:]
        for (kid, raw) in order { publicKeys[kid] = try Ed25519.PublicKey(raw: raw) }
        self.publicKeys = publicKeys
    }

    /// Reads a JWKS file. Keys of other kinds are left out: they verify nothing here.
    ///
    /// - Returns: nil when it is no JWK Set.
    package init?(json: [UInt8]) {
        struct File: Decodable {
            struct Key: Decodable { let kty: String?, crv: String?, kid: String?, x: String? }
            let keys: [Key]
        }
        guard let file = try? JSONDecoder().decode(File.self, from: Data(json)) else { return nil }
        let found = file.keys.compactMap { key -> (kid: String, publicKey: [UInt8])? in
            guard key.kty == "OKP", key.crv == "Ed25519", let kid = key.kid, let x = key.x, let raw = Base64URL.decode(x.utf8), raw.count == 32 else { return nil }
            return (kid, raw)
        }
        guard let set = try? KeySet(found) else { return nil }
        self = set
    }

    /// The file, one key a line.
    package var json: String {
        let keys = order.map { kid, raw in
            var json = JSONObject()
            json.add("kty", "OKP")
            json.add("crv", "Ed25519")
            json.add("use", "sig")
            json.add("alg", "EdDSA")
            json.add("kid", kid)
            json.add("x", Base64URL.encode(raw))
            return json.text()
        }
        return "{\"keys\":[\n" + keys.joined(separator: ",\n") + "\n]}"
    }
}
