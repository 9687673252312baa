package import Events
package import RdKafka

extension TopicPlan {
    /// Asks a broker what it has and compares it with the contract.
    package static func read(_ contract: TopicContract, from admin: Admin, partitions: Int? = nil) async throws(KafkaError) -> TopicPlan {
        try await look(contract, at: admin, partitions: partitions).plan
    }

    /// The same, with what the broker told of the contract's topics that it has.
    static func look(
        _ contract: TopicContract, at admin: Admin, partitions: Int? = nil
    ) async throws(KafkaError) -> (plan: TopicPlan, settings: [String: [String: TopicSetting]]) {
        let metadata = try await admin.metadata()
        let counts = Dictionary(metadata.topics.filter { $0.error == nil && !$0.partitions.isEmpty }.map { ($0.name, $0.partitions.count) }) { first, _ in first }
        let names = contract.topics.map(\.name).filter { counts[$0] != nil }
        let settings = try await admin.topicSettings(names)
        let present = counts.reduce(into: [:]) { present, topic in
            present[topic.key] = Present(partitions: topic.value, settings: settings[topic.key] ?? [:])
        }
        return (TopicPlan(contract, present: present, partitions: partitions, brokers: metadata.brokers.count), settings)
    }

    /// Makes the changes and waits until every partition has a leader: an idempotent producer that starts before that may never get going (FACTS 13.9).
    ///
    /// - Parameters:
    ///   - progress: told of each change once it is made.
    ///   - patience: how long to wait for the leaders.
    /// - Throws: `KafkaError` of the first change that failed; those before it are made, and running it again goes on from there.
    package func apply(
        _ contract: TopicContract, to admin: Admin, patience: Duration = .seconds(60), progress: (Change) -> Void = { _ in }
    ) async throws(KafkaError) {
        let new = changes.compactMap { change -> NewTopic? in if case .create(let topic) = change { topic } else { nil } }
        let failed = try await admin.createTopics(new)
        if let (_, error) = failed.first(where: { !$0.value.isAlreadyThere }) { throw error }
        for change in changes {
            switch change {
            case .create: break
            case .raisePartitions(let topic, _, let to): try await admin.createPartitions(topic, total: to)
            case .alter(let topic, let setting, _, let to): try await admin.alterTopic(topic, settings: [setting: to])
            }
            progress(change)
        }
        try await Self.waitForLeaders(of: contract, admin, patience)
    }

    private static func waitForLeaders(of contract: TopicContract, _ admin: Admin, _ patience: Duration) async throws(KafkaError) {
        let clock = ContinuousClock(), end = clock.now + patience
        let names = Set(contract.topics.map(\.name))
        while true {
            let topics = try await admin.metadata().topics.filter { names.contains($0.name) }
            let settled = topics.count == names.count && topics.allSatisfy { $0.error == nil && $0.partitions.allSatisfy { $0.leader >= 0 } }
            if settled || clock.now > end { return }
            // A broker tells nobody when an election is over; it can only be asked again.
            try? await clock.sleep(for: .milliseconds(100))
        }
    }
}
