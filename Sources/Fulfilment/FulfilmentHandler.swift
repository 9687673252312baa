package import Events
package import Worker

/// Turns what Dodo tells of payments and subscriptions into orders and entitlements (DESIGN §9), and says what became of them on the `nicobar.*` topics.
package struct FulfilmentHandler: EventHandler {
    static let workerName = "fulfilment"

    package let worker = workerName
    private let mode: Mode
    private let now: Timestamp?

    /// - Parameters:
    ///   - mode: picks the names of the topics that it writes.
    ///   - now: what time it is taken to be; the database's clock unless given.
    package init(mode: Mode, now: Timestamp? = nil) {
        self.mode = mode
        self.now = now
    }

    /// Conclusions over products that the catalogue does not list; over a product bought once there is one when it is paid, and one for each later word on it.
    static let unlistedProducts = Tally(
        "nicobar_fulfilment_unlisted_products_total", "Purchases and subscriptions that were concluded for a product that the catalogue does not list.",
        saying: "a product was bought that the catalogue does not list; it grants what the default says, or nothing; see nicobar catalog show")

    package var tallies: [Tally] { [Self.unlistedProducts] }

    package var statements: [(name: String, sql: String)] { Statement.all }

    package func makeBatch() -> any EventBatch { FulfilmentBatch(mode: mode, now: now) }

    package func makeSweep() -> (any SweepBatch)? { FulfilmentBatch(mode: mode, now: now) }

    /// Whether a type tells of something that fulfilment keeps.
    package static func consumes(_ type: EventType) -> Bool {
        switch type.payload {
        case .payment, .subscription, .refund, .dispute: true
        default: false
        }
    }
}
