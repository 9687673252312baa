/// The statements of `Queries/`, by the names under which they are prepared.
enum Statement {
    static let all: [(name: String, sql: String)] = facts + holding + reading + writing + sweeping

    private static let facts = [
        ("payments", PackageResources.payments_sql), ("shared_payments", PackageResources.shared_payments_sql),
        ("subscriptions", PackageResources.subscriptions_sql), ("subscription_terms", PackageResources.subscription_terms_sql),
        ("refunds", PackageResources.refunds_sql), ("disputes", PackageResources.disputes_sql),
    ].map(named)

    private static let holding = [
        ("hold_payments", PackageResources.hold_payments_sql), ("hold_subscriptions", PackageResources.hold_subscriptions_sql),
        ("hold_shared", PackageResources.hold_shared_sql), ("catalogue", PackageResources.catalogue_sql),
        ("begin", PackageResources.begin_sql), ("reach", PackageResources.reach_sql), ("refuse", PackageResources.refuse_sql),
    ].map(named)

    /// In the order in which `Holdings` takes their results.
    static let readings = ["subscriptions", "terms", "payments", "refunds", "disputes", "orders", "order_lines", "entitlements", "periods"]

    private static let reading = [
        ("read_subscriptions", PackageResources.read_subscriptions_sql), ("read_terms", PackageResources.read_terms_sql),
        ("read_payments", PackageResources.read_payments_sql), ("read_refunds", PackageResources.read_refunds_sql),
        ("read_disputes", PackageResources.read_disputes_sql), ("read_orders", PackageResources.read_orders_sql),
        ("read_order_lines", PackageResources.read_order_lines_sql), ("read_entitlements", PackageResources.read_entitlements_sql),
        ("read_periods", PackageResources.read_periods_sql),
    ].map(named)

    private static let writing = [
        ("write_orders", PackageResources.write_orders_sql), ("clear_order_lines", PackageResources.clear_order_lines_sql),
        ("write_order_lines", PackageResources.write_order_lines_sql), ("write_entitlements", PackageResources.write_entitlements_sql),
        ("write_periods", PackageResources.write_periods_sql), ("clear_periods", PackageResources.clear_periods_sql),
        ("write_deadlines", PackageResources.write_deadlines_sql),
    ].map(named)

    private static let sweeping = [
        ("take_due", PackageResources.take_due_sql), ("postpone_due", PackageResources.postpone_due_sql),
    ].map(named)

    private static func named(_ entry: (name: String, sql: [UInt8])) -> (name: String, sql: String) {
        ("fulfilment_\(entry.name)", String(decoding: entry.sql, as: UTF8.self))
    }
}
