package import Events
import LibCrypto
import LibPQ

/// A licence as `nicobar license show` shows it. The only place where a key's text comes out.
package struct ShownLicence: Sendable {
    package let licence: Licence
    /// Derived just now; stands nowhere.
    package let key: String
    package let activationsUsed: Int64
    package let tokensUntil: String?
}

/// One of Dodo's keys; its text is not known here.
package struct ShownDodoKey: Sendable, Equatable {
    package let id: String
    package let lastCharacters: String
    package let status: String?
    package let activationsLimit: Int64?
    package let customerId: String?
    package let productId: String?
    package let expiresAt: Timestamp?
}

extension LicenceDesk {
    /// All that a text may mean: a key (ours or Dodo's), a licence, an entitlement, a customer, a subscription or payment, or the id of one of Dodo's keys.
    @available(*, noasync, message: "blocks its thread")
    package func find(_ text: String) throws(DeskFault) -> (licences: [ShownLicence], dodoKeys: [ShownDodoKey]) { try find(id: text, key: text) }

    /// Only what has this key: the id of a licence is no key.
    @available(*, noasync, message: "blocks its thread")
    package func find(key: String) throws(DeskFault) -> (licences: [ShownLicence], dodoKeys: [ShownDodoKey]) { try find(id: nil, key: key) }

    private func find(id: String?, key: String) throws(DeskFault) -> (licences: [ShownLicence], dodoKeys: [ShownDodoKey]) {
        try transaction { () throws(DeskFault) in
            let hashes = ColumnBuilder(.bytea)
            for hash in keys.hashes(typed: key) { hash.withBytes { hashes.append(bytes: $0) } }
            let parameters: [Parameter] = [id.map { .text($0) } ?? .null, .array(hashes)]
            let results = try run(PipelineStep(sql: Self.licenceQuery, parameters), PipelineStep(sql: Self.dodoQuery, parameters))
            let licences = (0..<results[0].rowCount).map { shown(results[0], $0) }
            let dodoKeys = (0..<results[1].rowCount).map { row in
                ShownDodoKey(
                    id: results[1].text(row, 0) ?? "", lastCharacters: results[1].text(row, 1) ?? "", status: results[1].text(row, 2),
                    activationsLimit: results[1].int64(row, 3), customerId: results[1].text(row, 4), productId: results[1].text(row, 5),
                    expiresAt: results[1].int64(row, 6).map { Timestamp(microseconds: $0) })
            }
            return (licences, dodoKeys)
        }
    }

    private func shown(_ rows: ResultSet, _ row: Int) -> ShownLicence {
        let licence = LicenceRows.licence(rows, row)
        let key = keys.key(entitlement: licence.entitlementId, line: licence.line, generation: licence.generation).text(prefix: licence.keyPrefix)
        return ShownLicence(licence: licence, key: key, activationsUsed: rows.int64(row, 17) ?? 0, tokensUntil: rows.text(row, 18))
    }

    private static let licenceQuery = """
        select l.licence_id, l.entitlement_id, l.line, l.revision, l.generation, l.state, l.reason, l.operator_reason,
               l.operator_revoked_at is not null, l.customer_id, l.product_id, l.features::text, l.seats, l.activations_allowed, l.token_days, l.key_prefix,
               (extract(epoch from l.valid_until) * 1000000)::bigint,
               (select count(*) from licensing.activations a where a.licence_id = l.licence_id and a.deactivated_at is null),
               to_char(l.tokens_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
          from licensing.licences l join licensing.entitlements e using (entitlement_id)
         where l.lookup_hash = any ($2::bytea[]) or l.licence_id = $1::text or l.entitlement_id = $1::text or l.customer_id = $1::text or e.source_id = $1::text
         order by l.entitlement_id, l.line
        """

    // By the facts' indexes to the ids, and only those keys are looked at as they stand. Newest first: of two that share a text the one that was told of last.
    private static let dodoQuery = """
        select dodo_key_id, last_characters, status, activations_limit, customer_id, product_id, (extract(epoch from expires_at) * 1000000)::bigint
          from licensing.dodo_keys
         where dodo_key_id = any (array(
                   select dodo_key_id from licensing.dodo_key_facts
                    where lookup_hash = any ($2::bytea[]) or dodo_key_id = $1::text or customer_id = $1::text or subscription_id = $1::text or payment_id = $1::text))
           and (lookup_hash = any ($2::bytea[]) or dodo_key_id = $1::text or customer_id = $1::text or subscription_id = $1::text or payment_id = $1::text)
         order by event_at desc, attempt_at desc, status_rank desc, tie_break desc, dodo_key_id
        """
}
