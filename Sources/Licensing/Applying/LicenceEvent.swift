import Events

/// The body of `nicobar.license.*` events: the whole state of a licence (schemas/events), and nothing of its key.
///
/// Only what makes a change of the licence when it changes, and what never changes: so the last event always says what is. The rest is the entitlement's to tell.
enum LicenceEvent {
    static func body(_ licence: Licence, of entitlement: Entitlement, at time: Timestamp) -> [UInt8] {
        var json = JSONObject()
        json.add("licence_id", licence.licenceId)
        json.add("revision", licence.revision)
        json.add("state", licence.state.rawValue)
        json.add("reason", licence.reason)
        json.add("business_id", entitlement.businessId)
        json.add("entitlement_id", licence.entitlementId)
        json.add("entitlement_revision", entitlement.revision)
        json.add("line", Int64(licence.line))
        json.add("generation", Int64(licence.generation))
        json.add("customer_id", licence.customerId)
        json.add("source_kind", entitlement.sourceKind)
        json.add("source_id", entitlement.sourceId)
        json.add("product_id", licence.productId)
        json.add("seats", licence.seats)
        json.add("activations_allowed", licence.activationsAllowed)
        json.add("features", json: licence.features)
        json.add("valid_until", licence.validUntil?.description)
        json.add("changed_at", time.description)
        return json.finish()
    }
}
