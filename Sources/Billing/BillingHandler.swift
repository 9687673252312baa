package import Worker

/// Keeps schema `billing` a mirror of what Dodo tells (DESIGN §9): whole state from each event, the newest version of each entity wins.
package struct BillingHandler: EventHandler {
    package let worker = "billing"

    package init() {}

    package var statements: [(name: String, sql: String)] {
        StateTable.all.map { (Self.statementName($0), $0.sql) }
    }

    package func makeBatch() -> any EventBatch { BillingBatch() }

    static func statementName(_ table: StateTable) -> String { "billing_\(table.name)" }
}
