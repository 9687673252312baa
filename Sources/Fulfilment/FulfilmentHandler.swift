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
