import Events
package import Simulator

/// Customers whose lives reach into the present: some have long left, some are in the middle of a trial, a hold or a dispute, as those of a real merchant are.
package struct Clientele: Sendable {
    package let seed: UInt64
    /// The present, in microseconds since 1970: nothing later has been told.
    package let today: Int64
    private static let longestDays: Int64 = 160

    package init(seed: UInt64, today: Int64) {
        self.seed = seed
        self.today = today
    }

    /// Customer number `index`: the same for the same seed and day.
    package func customer(_ index: Int) -> CustomerStory {
        var random = SplitMix64(seed: seed, part: 0xC11E_0000 + UInt64(index))
        // A story begins within thirty days after its start.
        let days = Int64.random(in: 30...Self.longestDays, using: &random)
        return Story.customer(index, seed: seed, start: today - days * 86_400_000_000).told(until: today)
    }

    /// What their lives send, until so many purchases have been made or so many events sent, whichever comes first.
    ///
    /// - Parameter purchases: carts and subscriptions; a renewal is none.
    package func deliveries(_ plan: DeliveryPlan, purchases: Int = .max, events: Int = .max) -> [Delivery] {
        var index = 0, made = 0
        return Array(plan.deliveries(events: events) {
            guard made < purchases else { return nil }
            let story = customer(index)
            index += 1
            made += Self.purchases(of: story)
            return story
        })
    }

    /// How many purchases a story tells of: payments that succeeded and are a first one.
    package static func purchases(of story: CustomerStory) -> Int {
        let paid = story.events.filter { $0.type == .paymentSucceeded && Delivery(first: $0, of: story, .snapshot).isFirstCharge }
        return Set(paid.map { story.entity(of: $0).id }).count
    }
}

extension Delivery {
    /// Whether the body is of a payment that begins something.
    fileprivate var isFirstCharge: Bool { String(decoding: body, as: UTF8.self).contains(#""charge_type":"new""#) }
}
