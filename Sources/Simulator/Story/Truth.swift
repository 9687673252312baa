package import Events

/// What a receiver must know in the end, for a test or a demonstration to compare with what it does know.
package struct Truth: Sendable, Equatable {
    /// What an entity is known by: its kind, its id, and the second half of the key where a kind has two (see `StoryEntity`).
    package struct Key: Hashable, Sendable {
        package let kind: PayloadKind
        package let id: String
        package let discriminator: String
    }

    /// The last status of each entity; nil for a kind without statuses.
    package private(set) var statuses: [Key: String?] = [:]

    /// The truth once every event of these stories has arrived.
    package init(of stories: [CustomerStory]) {
        for story in stories {
            for entity in story.entities { statuses[Self.key(entity)] = .some(entity.finalStatus) }
        }
    }

    /// The truth once exactly these deliveries have arrived, in any order: of each entity, what the latest attempt at its latest event shows.
    package init(of deliveries: [Delivery]) {
        var newest: [Key: (occurredAt: Int64, attemptAt: Int64)] = [:]
        for delivery in deliveries {
            let key = Self.key(delivery.story.entity(of: delivery.event)), version = (delivery.event.occurredAt, delivery.attemptAt)
            if let known = newest[key], known > version { continue }
            newest[key] = version
            statuses[key] = .some(delivery.shownStatus)
        }
    }

    /// The last status of the entities of one kind, by id; those without a status are left out.
    package func statuses(of kind: PayloadKind) -> [String: String] {
        statuses.reduce(into: [:]) { if $1.key.kind == kind, let status = $1.value { $0[$1.key.id] = status } }
    }

    /// How many entities of a kind there are.
    package func count(of kind: PayloadKind) -> Int { statuses.keys.count { $0.kind == kind } }

    private static func key(_ entity: StoryEntity) -> Key { Key(kind: entity.kind, id: entity.id, discriminator: entity.discriminator) }
}
