import Events
package import Simulator

/// Waits until everything that was accepted is dealt with, every lane is at its end, and nothing waits to be told or swept.
package struct Settling: Sendable {
    private let oracle: Oracle
    /// Where groups and their offsets are asked for; nil when the broker does not answer such questions.
    private let bootstrapServers: String?
    private let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - database: the workers' own, past the links.
    ///   - bootstrapServers: where groups and their offsets are asked for; nil for a broker that does not answer such questions, as the mock cluster.
    ///   - say: told of each step.
    package init(database: String, bootstrapServers: String?, say: @escaping @Sendable (String) -> Void) {
        oracle = Oracle(database: database)
        self.bootstrapServers = bootstrapServers
        self.say = say
    }

    /// - Returns: what was still not at rest when patience was over.
    package func wait(for deliveries: [Delivery], _ poison: [String: Poison]) async throws -> [String] {
        var seen: Set<String> = [], expected = 0
        for delivery in deliveries where seen.insert(delivery.webhookId).inserted { expected += Reader.allCases.count { $0.takes(delivery.type) } }
        for one in poison.values { expected += one.readers.count }

        let clock = ContinuousClock(), end = clock.now + .seconds(240)
        var handled = try await oracle.handled(), lastStep = clock.now
        // What is lost never comes: when nothing moves for so long, the oracle may speak.
        while handled < expected, clock.now < end, clock.now - lastStep < .seconds(40) {
            try await clock.sleep(for: .milliseconds(250))
            let now = try await oracle.handled()
            if now != handled { lastStep = clock.now }
            handled = now
        }
        say("the workers have dealt with \(handled) of \(expected) events")
        return try await rest()
    }

    private func rest() async throws -> [String] {
        let contract = try TopicContract(mode: .live), clock = ContinuousClock()
        // The end comes nearer only while nothing gets on.
        var end = clock.now + .seconds(60), last: [String] = []
        while true {
            var restless = try await unrest()
            if let bootstrapServers, restless.isEmpty || clock.now > end {
                for reader in Reader.allCases {
                    let behind = await oracle.behind(group: reader.group, bootstrapServers, reader.topics(contract))
                    if !behind.isEmpty { restless.append("lanes of \(reader.rawValue) without an owner who gets on: " + behind.prefix(8).joined(separator: "; ")) }
                }
            }
            if restless.isEmpty, try await unrest().isEmpty { return [] }
            if clock.now > end { return restless }
            if restless != last { (last, end) = (restless, clock.now + .seconds(60)) }
            try await clock.sleep(for: .milliseconds(300))
        }
    }

    /// What still moves, so that nothing can be said yet; empty when all is at rest.
    private func unrest() async throws -> [String] {
        let row = try await oracle.rows("""
            select (select count(*) from worker.outbox), (select count(*) from fulfilment.subjects where due_at < now() - interval '5 seconds'),
                   (select count(*) from torture.changes where kind = 'entitlement')
                     - (select count(*) from worker.inbox where worker = 'licensing' and webhook_id like '%/%@%')
            """).first?.map { Int($0) ?? 0 } ?? [1, 1, 1]
        let told = ["events wait in the outbox", "deadlines have passed and were not swept", "changes of entitlements have not come to licensing"]
        return zip(row, told).compactMap { $0 > 0 ? "\($0) \($1)" : nil }
    }
}
