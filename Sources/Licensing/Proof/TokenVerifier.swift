import LibCrypto

/// Says whether a token proves a licence, without asking anyone. A value, any thread.
package struct TokenVerifier: Sendable {
    /// How far clocks may differ, in seconds.
    package static let leewaySeconds: Int64 = 60
    private let keys: KeySet

    package init(_ keys: KeySet) { self.keys = keys }

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - revocations: nil when there is no list; then only the expiry takes a token back.
    /// - Throws: `ProofFault`.
    package func verify(_ token: String, now: Int64, revocations: RevocationList? = nil) throws(ProofFault) -> LicenceToken {
        let payload = try JSONWebSignature.verify(token, as: .licence, keys: keys.publicKeys)
        let claims = try LicenceToken(payload: payload)
        // Compared by differences of plain size: the claims are signed, but a claim may still be any number.
        guard claims.issuedAt <= now + Self.leewaySeconds else { throw .notYetValid }
        guard now - Self.leewaySeconds < claims.expiresAt else { throw .expired }
        if let revocations {
            guard now - Self.leewaySeconds < revocations.expiresAt else { throw .staleList }
            if let epoch = revocations.revoked[claims.licenceId], claims.epoch < epoch { throw .revoked }
        }
        return claims
    }

    /// Reads a signed revocation list.
    package func revocations(_ text: String) throws(ProofFault) -> RevocationList {
        try RevocationList(payload: JSONWebSignature.verify(text, as: .revocations, keys: keys.publicKeys))
    }
}
