import LibCrypto
import LibPQ

extension LicenceDesk {
    /// Makes the next signing key the active one; the old one stays in the JWKS until its last token has run out.
    ///
    /// - Parameter prepareOnly: only publish a next key, so that verifiers know it before the first token is signed with it.
    /// - Returns: the kid that is active now, or the one prepared.
    @available(*, noasync, message: "blocks its thread")
    package func rotateKey(prepareOnly: Bool, _ amendment: Amendment) throws(DeskFault) -> String {
        try transaction(mayClaim: true) { () throws(DeskFault) in
            // One at a time: two that rotate at once would both find the same key next.
            let results = try run(
                PipelineStep(sql: "select pg_advisory_xact_lock(hashtextextended('nicobar/licensing/rotate-key', 0))"),
                PipelineStep(sql: "select kid from licensing.signing_keys where state = 'next'"))
            let prepared = results[1].rowCount == 1 ? results[1].text(0, 0) : nil
            let kid = if let prepared { prepared } else { try publishNext() }
            guard !prepareOnly else {
                if prepared == nil { try run(audit("prepare-key", kid, amendment)) }
                return kid
            }
            try run(
                PipelineStep(sql: "update licensing.signing_keys set state = 'retired', retired_at = now() where state = 'active'"),
                PipelineStep(sql: "update licensing.signing_keys set state = 'active', activated_at = now() where kid = $1::text", [.text(kid)]),
                audit("rotate-key", kid, amendment))
            return kid
        }
    }

    private func publishNext() throws(DeskFault) -> String {
        let kid: String, publicKey: [UInt8]
        do throws(CryptoError) {
            kid = try SigningKeyDerivation.newKid()
            publicKey = try signing.key(kid).publicKey
        } catch { throw .crypto(error) }
        try run(PipelineStep(sql: "insert into licensing.signing_keys (kid, public_key, state) values ($1, $2::bytea, 'next')", [.text(kid), .bytes(publicKey)]))
        return kid
    }
}
