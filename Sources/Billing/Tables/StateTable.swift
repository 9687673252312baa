import Events

/// One table of the mirror: the columns that an event fills, in the order of its statement's parameters behind the six that all share.
struct StateTable: Sendable {
    let name: String
    /// The statement of `Queries/` that writes a batch.
    let sql: String
    let columns: [Column]
    let row: Row

    /// What a row of the table stands for.
    enum Row: Sendable, Equatable {
        /// The newest state of an entity, known by the first so many columns. An event that comes after newer state is stale.
        case entity(keyColumns: Int)
        /// The same of an entity that events only mention; they are not stale for its sake.
        case mentioned(keyColumns: Int)
        /// What one event said.
        case event
    }

    init(name: String, sql: [UInt8], row: Row = .entity(keyColumns: 1), columns: [Column]) {
        self.name = name
        self.sql = String(decoding: sql, as: UTF8.self)
        self.row = row
        self.columns = columns
    }

    /// All tables in the order in which every transaction writes them, so that two transactions never wait for each other crosswise.
    ///
    /// Customers come last: theirs are the only rows that several lanes write at the same time, and a lock is held from its statement to the commit.
    static let all: [StateTable] = [
        payments, refunds, disputes, subscriptions, subscriptionHistory, dodoLicenseKeys, entitlementGrants, creditLedgerEntries,
        creditBalanceAlerts, abandonedCheckouts, dunningAttempts, payouts, customers,
    ]

    /// The tables that an event of this kind is written to, as indices of `all`. The last is the entity's own.
    static func written(by kind: PayloadKind) -> [Int] {
        let names =
            switch kind {
            case .payment: ["customers", "payments"]
            case .refund: ["customers", "refunds"]
            case .dispute: ["customers", "disputes"]
            case .subscription: ["customers", "subscription_history", "subscriptions"]
            case .licenseKey: ["dodo_license_keys"]
            case .entitlementGrant: ["entitlement_grants"]
            case .creditLedgerEntry: ["credit_ledger_entries"]
            case .creditBalanceLow: ["credit_balance_alerts"]
            case .abandonedCheckout: ["abandoned_checkouts"]
            case .dunningAttempt: ["dunning_attempts"]
            case .payout: ["payouts"]
            }
        return names.compactMap { name in all.firstIndex { $0.name == name } }
    }

    /// Whether an event that lacks the table's key simply has nothing for it: not every dispute names its customer (FACTS 5.5).
    static func isOptional(_ index: Int) -> Bool { index == customersIndex }

    private static let customersIndex = all.firstIndex { $0.name == "customers" }
}
