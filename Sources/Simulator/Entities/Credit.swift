/// One line of a credit ledger as FACTS 5.8 describes it: immutable, amounts as decimal text in the entitlement's own unit.
struct CreditEntry {
    let id: String
    let transaction: String
    let isCredit: Bool
    let amount: Int64
    let balanceBefore: Int64
    let balanceAfter: Int64
    let overageBefore: Int64
    let overageAfter: Int64
    let createdAt: StoryTime
    let subscriptionId: String

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"CreditLedgerEntry\"")
        out.member("id", id)
        out.member("amount", String(amount))
        out.member("balance_after", String(balanceAfter))
        out.member("balance_before", String(balanceBefore))
        out.member("brand_id", Catalogue.businessId)
        out.member("business_id", Catalogue.businessId)
        out.member("created_at", createdAt)
        out.member("credit_entitlement_id", Catalogue.creditEntitlementId)
        out.member("customer_id", person.id)
        out.member("is_credit", isCredit)
        out.member("metadata", raw: "{}")
        out.member("overage_after", String(overageAfter))
        out.member("overage_before", String(overageBefore))
        out.member("transaction_type", transaction)
        out.raw(",\"description\":null,\"grant_id\":null")
        out.member("reference_id", subscriptionId)
        out.member("reference_type", raw: "\"subscription\"")
    }
}

/// The warning that a balance fell under its threshold; it has no id and no status.
struct CreditBalanceLow {
    let balance: Int64
    let subscriptionId: String

    func write(to out: inout JSONWriter, of person: Person) {
        out.member("payload_type", raw: "\"CreditBalanceLow\"")
        out.member("available_balance", String(balance))
        out.member("brand_id", Catalogue.businessId)
        out.member("credit_entitlement_id", Catalogue.creditEntitlementId)
        out.raw(",\"credit_entitlement_name\":\"API Credits\"")
        out.member("customer_id", person.id)
        out.raw(",\"subscription_credits_amount\":\"1000\"")
        out.member("subscription_id", subscriptionId)
        out.raw(",\"threshold_amount\":\"200\",\"threshold_percent\":20")
    }
}
