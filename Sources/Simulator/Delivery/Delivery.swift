package import Events

import Synchronization

/// One HTTP attempt to bring an event: the same webhook-id may be tried several times, with the same body or a newer one (FACTS 2.4).
package struct Delivery: Sendable {
    package let story: CustomerStory
    package let event: StoryEvent
    package let semantics: BodySemantics
    /// 0 for the first attempt of its event.
    package let attempt: Int
    /// When the attempt is made, in microseconds of story time.
    package let attemptAt: Int64
    package let body: [UInt8]
    private let anchor: AttemptAnchor?

    package var webhookId: String { event.webhookId }
    package var type: EventType { event.type }
    /// Dodo's name of the type, such as `payment.succeeded`.
    package var typeName: String { event.type.rawValue }
    /// The status that the body shows; for a ledger entry its transaction type; nil where the entity has none.
    package var shownStatus: String? { story.status(of: event, semantics, attemptAt: attemptAt) }
    /// The attempt's time as `webhook-timestamp` states it: whole seconds of story time.
    package var attemptTimestamp: Int64 { attemptAt / 1_000_000 }

    /// - Parameter anchor: shared by the attempts of one event when there are several with different bodies.
    init(story: CustomerStory, event: StoryEvent, semantics: BodySemantics, attempt: Int, attemptAt: Int64, anchor: AttemptAnchor?) {
        self.story = story
        self.event = event
        self.semantics = semantics
        self.attempt = attempt
        self.attemptAt = attemptAt
        self.anchor = anchor
        body = story.body(of: event, semantics, attemptAt: attemptAt)
    }

    /// The first attempt of an event, a moment after it happened.
    package init(first event: StoryEvent, of story: CustomerStory, _ semantics: BodySemantics) {
        self.init(story: story, event: event, semantics: semantics, attempt: 0, attemptAt: event.occurredAt + 250_000, anchor: nil)
    }

    /// The attempt after this one, so many seconds later. An attempt that the plan has repeated already keeps its body, or two
    /// bodies would claim the same attempt.
    package func retried(afterSeconds delay: Double) -> Delivery {
        guard anchor == nil else { return self }
        return Delivery(story: story, event: event, semantics: semantics, attempt: attempt + 1,
                        attemptAt: attemptAt + Int64(delay * 1_000_000), anchor: nil)
    }

    /// The `webhook-timestamp` for sending now. A receiver takes the higher one for the newer body, so when attempts of one event
    /// arrive in another order, their timestamps still tell the true one.
    ///
    /// - Parameter wallSeconds: the present time in seconds since 1970.
    package func timestamp(wallSeconds: Int64) -> Int64 {
        anchor.map { $0.base(wallSeconds - Int64(attempt)) + Int64(attempt) } ?? wallSeconds
    }
}

/// Fixes the time of attempt 0 when the first attempt of an event goes out, whichever that is.
final class AttemptAnchor: Sendable {
    private let seconds = Atomic<Int64>(0)

    func base(_ proposed: Int64) -> Int64 {
        let (exchanged, original) = seconds.compareExchange(expected: 0, desired: proposed, ordering: .relaxed)
        return exchanged ? proposed : original
    }
}
