package import Events
import LibPQ

/// Who does something, and why: it stands in `licensing.audit`.
package struct Amendment: Sendable {
    package let by: String
    package let reason: String
    /// When; becomes the time of the event.
    package let at: Timestamp

    package init(by: String, reason: String, at: Timestamp) {
        self.by = by
        self.reason = reason
        self.at = at
    }
}

extension LicenceDesk {
    /// Takes a licence back for good: whatever its entitlement does later, it stays revoked until `reinstate`.
    ///
    /// - Returns: the licence afterwards, and whether that was a change.
    @available(*, noasync, message: "blocks its thread")
    package func revoke(_ id: String, _ amendment: Amendment) throws(DeskFault) -> (licence: Licence, changed: Bool) {
        try amend(id, "revoke", amendment) { licence in
            if licence.isOperatorRevoked { return }
            licence.isOperatorRevoked = true
            licence.operatorReason = amendment.reason
        }
    }

    /// Takes an operator's revocation back; the licence is again what its entitlement says.
    @available(*, noasync, message: "blocks its thread")
    package func reinstate(_ id: String, _ amendment: Amendment) throws(DeskFault) -> (licence: Licence, changed: Bool) {
        try amend(id, "reinstate", amendment) { licence in
            licence.isOperatorRevoked = false
            licence.operatorReason = nil
        }
    }

    /// Gives a licence another key: the old one is found no more, its activations end, its tokens prove nothing.
    @available(*, noasync, message: "blocks its thread")
    package func reissue(_ id: String, _ amendment: Amendment) throws(DeskFault) -> (licence: Licence, changed: Bool) {
        try amend(id, "reissue", amendment) { $0.generation += 1 }
    }

    /// Amends a licence by the worker's own decision and statements, behind the lock of its entitlement.
    private func amend(
        _ id: String, _ action: String, _ amendment: Amendment, _ change: (inout Licence) -> Void
    ) throws(DeskFault) -> (licence: Licence, changed: Bool) {
        try transaction { () throws(DeskFault) in
            let owner = try run(PipelineStep(sql: "select entitlement_id from licensing.licences where licence_id = $1::text", [.text(id)]))[0]
            guard owner.rowCount == 1, let entitlementId = owner.text(0, 0) else { throw .noLicence }
            let ids = ColumnBuilder(.text)
            ids.append(entitlementId)
            let results = try run(LicensingStatement.lockEntitlements.step([.array(ids)]), LicensingStatement.entitlementLicences.step([.array(ids)]))
            guard let entitlement = EntitlementRows.read(results[0]).first?.entitlement,
                let stored = LicenceRows.read(results[1])[entitlementId]?.first(where: { $0.licenceId == id })
            else { throw .noLicence }
            var amended = stored
            change(&amended)
            guard let made = LicenceDecision.change(of: entitlement, line: stored.line, stored: stored, amended: amended) else { return (stored, false) }
            writing.reset()
            writing.write(made, of: entitlement, at: amendment.at)
            do throws(PostgresError) {
                try connection.pipeline(writing.steps() + [
                    PipelineStep(
                        sql: "update licensing.activations set deactivated_at = now() where licence_id = $1::text and deactivated_at is null and $2::boolean",
                        [.text(id), .bool(made.licence.generation != stored.generation)]),
                    audit(action, id, amendment),
                ])
            } catch { throw DeskFault(error) }
            return (made.licence, true)
        }
    }

    func audit(_ action: String, _ subject: String, _ amendment: Amendment) -> PipelineStep {
        PipelineStep(
            sql: "insert into licensing.audit (operator, action, subject, reason) values ($1, $2, $3, $4)",
            [.text(amendment.by), .text(action), .text(subject), .text(amendment.reason)])
    }
}
