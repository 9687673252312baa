import LibCrypto
package import LibPQ

/// What needs the database but no secret.
extension LicenceDesk {
    /// The public keys to verify with: the active, the next, and those whose last token has not run out.
    ///
    /// - Parameter now: seconds since 1970.
    @available(*, noasync, message: "blocks its thread")
    package static func keySet(_ connection: Connection, now: Int64) throws(DeskFault) -> KeySet {
        let rows: ResultSet
        do throws(PostgresError) {
            rows = try connection.query(
                """
                select kid, public_key from licensing.signing_keys where state <> 'retired' or tokens_until > $1::timestamptz
                 order by array_position(array['active', 'next', 'retired'], state), activated_at desc, kid
                """, [.timestamp(now * 1_000_000)])
        } catch { throw DeskFault(error) }
        do throws(CryptoError) {
            return try KeySet((0..<rows.rowCount).map { (rows.text($0, 0) ?? "", rows.bytes($0, 1) ?? []) })
        } catch { throw .crypto(error) }
    }

    /// Holds a token against the keys and withdrawals of this moment, no list needed.
    @available(*, noasync, message: "blocks its thread")
    package static func verify(_ token: String, _ connection: Connection, now: Int64) throws(DeskFault) -> Result<LicenceToken, ProofFault> {
        let verifier = TokenVerifier(try keySet(connection, now: now))
        let claims: LicenceToken
        do throws(ProofFault) { claims = try verifier.verify(token, now: now) } catch { return .failure(error) }
        do throws(PostgresError) {
            let row = try connection.query("select revocation_epoch from licensing.licences where licence_id = $1::text", [.text(claims.licenceId)])
            guard row.rowCount == 1, let epoch = row.int64(0, 0), claims.epoch >= epoch else { return .failure(.revoked) }
            return .success(claims)
        } catch { throw DeskFault(error) }
    }
}
