package import Events

/// Which state of an entity a body shows; sources disagree on what Dodo does (FACTS 2.4).
package enum BodySemantics: String, CaseIterable, Sendable {
    /// The state at the moment of the event, on every attempt.
    case snapshot
    /// The newest state at the moment of the attempt, so two attempts of one webhook-id may differ.
    case newest
}

/// What one webhook-id means: something happened to one entity.
package struct StoryEvent: Sendable {
    package let webhookId: String
    package let type: EventType
    /// When it happened, in microseconds since 1970.
    package let occurredAt: Int64
    /// The place of the entity in the story's `entities`.
    let entity: Int
    /// The entity's state at that moment, as an index into its history.
    let moment: Int
    /// Members that only this event's body has, such as the `payment_id` of a renewal.
    let extra: [UInt8]
}

/// One entity over its life: every state it went through, rendered.
package struct StoryEntity: Sendable {
    package let kind: PayloadKind
    /// The entity's own id, or the first half of its key where it has none.
    package let id: String
    /// The second half of the key of a dunning attempt (its `created_at`) or of a low-balance alert (the credit entitlement); else empty.
    package let discriminator: String
    /// The status that the last event about it shows; for a ledger entry its transaction type; nil where the entity has none.
    package internal(set) var finalStatus: String?
    var moments: [(since: Int64, status: String?, data: [UInt8])] = []
}

/// Everything that happens to one customer, in order of time. Immutable, so it is shared freely between threads.
package final class CustomerStory: Sendable {
    package let customerId: String
    /// In order of `occurredAt`; events born together have equal times.
    package let events: [StoryEvent]
    /// The final truth: what a receiver must know of each entity once every event has arrived, in whatever order.
    package let entities: [StoryEntity]

    init(customerId: String, events: [StoryEvent], entities: [StoryEntity]) {
        self.customerId = customerId
        self.events = events
        self.entities = entities
    }

    /// The same life as far as it can have been told of by a moment, in microseconds: the entities know what comes later, and no event tells of it.
    package func told(until moment: Int64) -> CustomerStory {
        CustomerStory(customerId: customerId, events: events.filter { $0.occurredAt <= moment }, entities: entities)
    }

    /// The entity an event is about.
    package func entity(of event: StoryEvent) -> StoryEntity { entities[event.entity] }

    /// The body of one attempt to deliver an event: compact JSON in the shape of FACTS 3, 5 and 13.2.
    ///
    /// - Parameter attemptAt: when the attempt is made, in microseconds of story time; it matters for `.newest` only.
    package func body(of event: StoryEvent, _ semantics: BodySemantics, attemptAt: Int64) -> [UInt8] {
        let data = entities[event.entity].moments[moment(of: event, semantics, attemptAt)].data
        var out = JSONWriter(capacity: data.count + event.extra.count + 192)
        out.openObject()
        out.member("business_id", Catalogue.businessId)
        out.member("type", event.type.rawValue)
        out.member("timestamp", StoryTime(microseconds: event.occurredAt))
        out.raw(",\"data\":{")
        out.raw(data)
        out.raw(event.extra)
        out.raw("}}")
        return out.bytes
    }
}

extension CustomerStory {
    /// The status that a body made at this time shows; nil for an entity without one.
    func status(of event: StoryEvent, _ semantics: BodySemantics, attemptAt: Int64) -> String? {
        entities[event.entity].moments[moment(of: event, semantics, attemptAt)].status
    }

    private func moment(of event: StoryEvent, _ semantics: BodySemantics, _ attemptAt: Int64) -> Int {
        guard semantics == .newest else { return event.moment }
        let moments = entities[event.entity].moments
        var moment = event.moment
        while moment + 1 < moments.count, moments[moment + 1].since <= attemptAt { moment += 1 }
        return moment
    }

    /// When the entity of an event next changes after a moment, both in microseconds; nil when it never does.
    func nextChange(of event: StoryEvent, after time: Int64) -> Int64? {
        entities[event.entity].moments.first { $0.since > time }?.since
    }
}
