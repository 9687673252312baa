import LibCrypto

/// Makes signing keys from the master secret and their kid, so that no private key is ever stored (docs/decisions/0005). Pure, any thread.
struct SigningKeyDerivation: Sendable {
    private let seeds: HMACSHA256Key

    init(_ secret: MasterSecret) { seeds = secret.derived(.signing) }

    /// - Throws: `CryptoError` only when OpenSSL has no memory.
    func key(_ kid: String) throws(CryptoError) -> Ed25519.PrivateKey {
        try Ed25519.PrivateKey(raw: seeds.mac(Array(kid.utf8)).array)
    }

    /// A new kid: 80 random bits, which make a key that nobody has had before.
    static func newKid() throws(CryptoError) -> String {
        Base64URL.encode(try randomBytes(10)).replacing("-", with: "A").replacing("_", with: "B")
    }
}
