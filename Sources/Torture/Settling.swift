import Events
import Simulator
import Surroundings

/// Waits until everything that was accepted is dealt with, every lane is at its end, and nothing waits to be told or swept.
struct Settling: Sendable {
    let house: House
    let contract: TopicContract
    let say: @Sendable (String) -> Void

    /// - Returns: what was still not at rest when patience was over.
    func wait(for deliveries: [Delivery], _ poison: [String: Poison]) async throws -> [String] {
        let oracle = Oracle(database: house.database)
        var seen: Set<String> = [], expected = 0
        for delivery in deliveries where seen.insert(delivery.webhookId).inserted { expected += 1 + (Reader.fulfilment.takes(delivery.type) ? 1 : 0) }
        for one in poison.values { expected += one.readers.subtracting([.licensing]).count }

        let clock = ContinuousClock(), end = clock.now + .seconds(240)
        var handled = try await oracle.handled(), lastStep = clock.now
        // What is lost never comes: when nothing moves for so long, the oracle may speak.
        while handled < expected, clock.now < end, clock.now - lastStep < .seconds(40) {
            try await clock.sleep(for: .milliseconds(250))
            let now = try await oracle.handled()
            if now != handled { lastStep = clock.now }
            handled = now
        }
        say("billing and fulfilment have dealt with \(handled) of \(expected) events")
        return try await rest(oracle)
    }

    private func rest(_ oracle: Oracle) async throws -> [String] {
        let sales = SalesOracle(database: house.database, licenseSecret: house.stack.licenseMasterSecret)
        let clock = ContinuousClock(), end = clock.now + .seconds(90)
        while true {
            // In the order in which one makes work for the next.
            var restless: [String] = try await sales.unrest()
            for reader in Reader.allCases where restless.isEmpty || clock.now > end {
                let behind = await oracle.lag(group: reader.group, bootstrapServers: house.stack.bootstrapServers, topics: reader.topics(contract), within: .zero)
                if !behind.isEmpty { restless.append("lanes of \(reader.rawValue) without an owner who gets on: " + behind.prefix(8).joined(separator: "; ")) }
            }
            if restless.isEmpty, try await sales.unrest().isEmpty { return [] }
            if clock.now > end { return restless }
            try await clock.sleep(for: .milliseconds(300))
        }
    }
}
