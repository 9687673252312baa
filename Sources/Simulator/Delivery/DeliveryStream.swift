/// Deliveries in the order in which they arrive, made one by one, in memory bounded by the plan's window. Used from one thread.
package struct DeliveryStream: Sequence, IteratorProtocol {
    private let plan: DeliveryPlan
    private var random: SplitMix64
    private var remaining: Int
    private let nextStory: () -> CustomerStory?
    private var open: [(story: CustomerStory, next: Int)] = []
    private var exhausted = false
    /// Late deliveries by the place at which they come, as a ring.
    private var late: [[Delivery]]
    private var waiting = 0
    private var place = 0
    /// Customers whose stories have been begun; the final truth is theirs (as far as `limit` let them be told).
    package private(set) var begun = 0

    init(_ plan: DeliveryPlan, limit: Int = .max, nextStory: @escaping () -> CustomerStory?) {
        self.plan = plan
        self.nextStory = nextStory
        random = SplitMix64(seed: plan.seed, part: 0xDE11)
        remaining = limit
        late = Array(repeating: [], count: plan.window + 1)
    }

    package mutating func next() -> Delivery? {
        while true {
            if let due = late[place].popLast() {
                waiting -= 1
                return due
            }
            place = (place + 1) % late.count
            if let (story, event) = nextEvent() {
                if let delivery = plan(event, of: story) { return delivery }
            } else if waiting == 0 {
                return nil
            }
        }
    }

    /// The next event of any of the open stories: within a story in order, between stories by chance.
    private mutating func nextEvent() -> (CustomerStory, StoryEvent)? {
        guard remaining > 0 else { return nil }
        while open.count < plan.sideBySide, !exhausted {
            if let story = nextStory() {
                begun += 1
                if !story.events.isEmpty { open.append((story, 0)) }
            } else { exhausted = true }
        }
        guard !open.isEmpty else { return nil }
        remaining -= 1
        let chosen = Int(random.within(0...Int64(open.count - 1)))
        let (story, next) = open[chosen]
        if next + 1 < story.events.count { open[chosen].next += 1 } else { open.swapAt(chosen, open.count - 1); open.removeLast() }
        return (story, story.events[next])
    }

    /// Decides the fate of an event: its first delivery, perhaps late, and perhaps others.
    private mutating func plan(_ event: StoryEvent, of story: CustomerStory) -> Delivery? {
        let repeats = plan.duplicates > 0 && random.chance(plan.duplicates) ? Int(random.within(1...2)) : 0
        let anchor = repeats > 0 ? AttemptAnchor() : nil
        var at = event.occurredAt + 250_000
        let first = Delivery(story: story, event: event, semantics: plan.semantics, attempt: 0, attemptAt: at, anchor: anchor)
        for attempt in 0..<repeats {
            at += Int64(RetryLadder.dodo[attempt + 1] * 1_000_000)
            if random.chance(plan.newerBodies), let change = story.nextChange(of: event, after: at) { at = change + 1_000_000 }
            postpone(Delivery(story: story, event: event, semantics: plan.semantics, attempt: attempt + 1, attemptAt: at, anchor: anchor))
        }
        guard plan.reorder > 0, random.chance(plan.reorder) else { return first }
        postpone(first)
        return nil
    }

    private mutating func postpone(_ delivery: Delivery) {
        late[(place + Int(random.within(1...Int64(plan.window)))) % late.count].append(delivery)
        waiting += 1
    }
}
