import Events
import LibCrypto
import LibPQ

extension LicenceDesk {
    /// Issues a token for an active licence. It runs out after the policy's days, and never later than the licence.
    ///
    /// - Parameter now: seconds since 1970.
    @available(*, noasync, message: "blocks its thread")
    package func token(_ id: String, now: Int64) throws(DeskFault) -> (text: String, claims: LicenceToken) {
        try transaction { () throws(DeskFault) in
            // The lock first, then the epoch by a statement of its own: so whoever withdraws the licence comes wholly before or wholly after.
            let results = try run(
                PipelineStep(sql: Self.lockedLicence, [.text(id)]), PipelineStep(sql: "select epoch from licensing.revocation_epoch"),
                PipelineStep(sql: "select kid, public_key from licensing.signing_keys where state = 'active'"))
            guard results[0].rowCount == 1 else { throw .noLicence }
            let licence = LicenceRows.licence(results[0], 0)
            guard licence.state == .active else { throw .notActive(licence.state, reason: licence.reason) }
            guard let days = licence.tokenDays else { throw .noTokens }
            let end = min(now + days * 86400, licence.validUntil.map { $0.microseconds / 1_000_000 } ?? .max)
            guard end > now else { throw .ranOut }
            let claims = LicenceToken(
                licenceId: id, productId: licence.productId, features: licence.features, seats: licence.seats, activations: licence.activationsAllowed,
                customerId: licence.customerId, issuedAt: now, expiresAt: end, epoch: max(results[1].int64(0, 0) ?? 0, results[0].int64(0, 17) ?? 0))
            let (kid, key) = try activeKey(results[2])
            let text = try signed(claims.payload, as: .licence, kid, key)
            try run(
                PipelineStep(
                    sql: "update licensing.licences set tokens_until = $2::timestamptz where licence_id = $1::text and (tokens_until is null or tokens_until < $2)",
                    [.text(id), .timestamp(end * 1_000_000)]),
                keyWanted(kid, until: end))
            return (text, claims)
        }
    }

    /// The signed list of what was withdrawn and may still have tokens.
    ///
    /// - Parameter days: how long verifiers may rely on it.
    @available(*, noasync, message: "blocks its thread")
    package func revocationList(now: Int64, days: Int64) throws(DeskFault) -> (text: String, list: RevocationList) {
        try transaction { () throws(DeskFault) in
            // One statement, one snapshot: epoch and licences belong together.
            let results = try run(
                PipelineStep(
                    sql: """
                        select e.epoch, l.licence_id, l.revocation_epoch from licensing.revocation_epoch e
                          left join licensing.licences l on l.revocation_epoch > 0 and l.tokens_until > $1::timestamptz
                        """, [.timestamp((now - TokenVerifier.leewaySeconds) * 1_000_000)]),
                PipelineStep(sql: "select kid, public_key from licensing.signing_keys where state = 'active'"))
            var revoked: [String: Int64] = [:]
            for row in 0..<results[0].rowCount {
                if let id = results[0].text(row, 1) { revoked[id] = results[0].int64(row, 2) }
            }
            let list = RevocationList(epoch: results[0].int64(0, 0) ?? 0, issuedAt: now, expiresAt: now + days * 86400, revoked: revoked)
            let (kid, key) = try activeKey(results[1])
            let text = try signed(list.payload, as: .revocations, kid, key)
            try run(keyWanted(kid, until: list.expiresAt))
            return (text, list)
        }
    }

    private func activeKey(_ rows: ResultSet) throws(DeskFault) -> (String, Ed25519.PrivateKey) {
        guard rows.rowCount == 1, let kid = rows.text(0, 0), let published = rows.bytes(0, 1) else { throw .noSigningKey }
        let key: Ed25519.PrivateKey
        do throws(CryptoError) { key = try signing.key(kid) } catch { throw .crypto(error) }
        // What others would verify with is what must fit.
        guard key.publicKey == published else { throw .wrongMasterSecret }
        return (kid, key)
    }

    private func signed(_ payload: [UInt8], as purpose: JSONWebSignature.Purpose, _ kid: String, _ key: Ed25519.PrivateKey) throws(DeskFault) -> String {
        do throws(CryptoError) { return try JSONWebSignature.sign(payload, as: purpose, kid: kid, with: key) } catch { throw .crypto(error) }
    }

    /// Notes how long a key is wanted: rounded up to the day, so that its row changes once a day and not with every token.
    private func keyWanted(_ kid: String, until end: Int64) -> PipelineStep {
        PipelineStep(
            sql: "update licensing.signing_keys set tokens_until = $2::timestamptz where kid = $1::text and (tokens_until is null or tokens_until < $2)",
            [.text(kid), .timestamp((end / 86400 + 2) * 86400 * 1_000_000)])
    }

    private static let lockedLicence = """
        select licence_id, entitlement_id, line, revision, generation, state, reason, operator_reason, operator_revoked_at is not null, customer_id, product_id,
               features::text, seats, activations_allowed, token_days, key_prefix, (extract(epoch from valid_until) * 1000000)::bigint, revocation_epoch
          from licensing.licences where licence_id = $1::text for update
        """
}
