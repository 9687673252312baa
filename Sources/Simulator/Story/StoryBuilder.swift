import Events

/// Writes a customer's story down as it happens: time, entities, the states they pass through, and the events these send.
struct StoryBuilder {
    var random: SplitMix64
    let person: Person
    private(set) var now: StoryTime
    private var events: [StoryEvent] = []
    private var entities: [StoryEntity] = []

    init(random: SplitMix64, start: StoryTime) {
        self.random = random
        person = Person(&self.random)
        now = start
    }

    /// Lets time pass: about so many seconds, never less than a millisecond, so that each event of an entity has its own time.
    mutating func pass(_ seconds: Double) {
        let jitter = Double(random.within(900...1100)) / 1000
        now = now + max(seconds * jitter, 0.001)
    }

    /// Lets time pass until a moment, and a little beyond it, as Dodo's clockwork does.
    mutating func wait(until moment: StoryTime) {
        if moment > now { now = moment }
        pass(Double(random.within(1...40)))
    }

    /// Starts an entity; its first state must follow with `become`.
    mutating func entity(_ kind: PayloadKind, _ id: String, discriminator: String = "") -> Int {
        entities.append(StoryEntity(kind: kind, id: id, discriminator: discriminator))
        return entities.count - 1
    }

    /// The entity is in a new state from now on. Nothing is sent by this alone (FACTS 10.12).
    mutating func become(_ handle: Int, _ status: String?, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(capacity: entities[handle].kind == .subscription || entities[handle].kind == .payment ? 2048 : 768)
        write(&writer)
        entities[handle].finalStatus = status
        entities[handle].moments.append((now.microseconds, status, writer.bytes))
    }

    /// Sends an event about the entity's present state. Events sent without time passing between them carry one timestamp.
    mutating func send(_ type: EventType, _ handle: Int, extra: [UInt8] = []) {
        events.append(StoryEvent(webhookId: Identifier.make("msg", length: 27, &random), type: type, occurredAt: now.microseconds,
                                 entity: handle, moment: entities[handle].moments.count - 1, extra: extra))
    }

    /// Rounds the clock to the millisecond, for events that are born together.
    mutating func alignToMillisecond() {
        pass(0.002)
        now = now.wholeMilliseconds
    }

    mutating func id(_ prefix: StaticString) -> String { Identifier.make(prefix, &random) }

    consuming func finish() -> CustomerStory {
        CustomerStory(customerId: person.id, events: events, entities: entities)
    }
}
