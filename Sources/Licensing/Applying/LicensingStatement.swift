import LibPQ

/// The statements that every connection of this room prepares.
enum LicensingStatement: CaseIterable {
    case checkMasterSecret, claimEntitlements, lockEntitlements, entitlementLicences, staleEntitlementEvents, writeEntitlements, writeLicences, dodoKeys, refuse

    var name: String { "licensing_\(self)" }

    var sql: String {
        switch self {
        case .checkMasterSecret: "select licensing.check_master_secret($1::bytea, $2::boolean)"
        case .claimEntitlements: text(PackageResources.claim_entitlements_sql)
        case .lockEntitlements: text(PackageResources.lock_entitlements_sql)
        case .entitlementLicences: text(PackageResources.entitlement_licences_sql)
        case .staleEntitlementEvents: text(PackageResources.stale_entitlement_events_sql)
        case .writeEntitlements: text(PackageResources.write_entitlements_sql)
        case .writeLicences: text(PackageResources.write_licences_sql)
        case .refuse: text(PackageResources.refuse_sql)
        case .dodoKeys: text(PackageResources.dodo_keys_sql)
        }
    }

    func step(_ parameters: [Parameter]) -> PipelineStep { PipelineStep(prepared: name, parameters) }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
