/// How badly the deliveries of a story behave. Dodo promises neither order nor that an event comes once (FACTS 2.4).
package struct DeliveryPlan: Sendable {
    package var seed: UInt64
    /// The share of events that are delivered more than once.
    package var duplicates: Double
    /// The share of deliveries that come later than their turn.
    package var reorder: Double
    /// The share of repeated deliveries made only after the entity changed, as a replay does: under `.newest` they carry a newer body.
    package var newerBodies: Double
    package var semantics: BodySemantics
    /// By how many places at most a delivery comes late.
    package var window: Int
    /// How many customers' stories run side by side.
    package var sideBySide: Int

    package init(seed: UInt64, duplicates: Double = 0, reorder: Double = 0, newerBodies: Double = 0.5, semantics: BodySemantics = .snapshot,
                 window: Int = 256, sideBySide: Int = 32) {
        self.seed = seed
        self.duplicates = duplicates
        self.reorder = reorder
        self.newerBodies = newerBodies
        self.semantics = semantics
        self.window = max(1, window)
        self.sideBySide = max(1, sideBySide)
    }

    /// All the deliveries of some stories, in the order in which they arrive.
    package func deliveries(of stories: [CustomerStory]) -> [Delivery] {
        var rest = stories[...]
        return Array(DeliveryStream(self) { rest.popFirst() })
    }

    /// Deliveries of the stories that are handed over one by one, until there is none or so many events have been sent.
    package func deliveries(events: Int = .max, _ nextStory: @escaping () -> CustomerStory?) -> DeliveryStream {
        DeliveryStream(self, limit: events, nextStory: nextStory)
    }

    /// Deliveries of endless customers of the plan's seed, made as they are asked for, until so many events have been sent.
    package func deliveries(events: Int, start: Int64 = Story.standardStart) -> DeliveryStream {
        let seed = seed
        var index = 0
        return DeliveryStream(self, limit: events) {
            defer { index += 1 }
            return Story.customer(index, seed: seed, start: start)
        }
    }
}
