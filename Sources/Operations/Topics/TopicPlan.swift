package import Events
package import RdKafka

/// What would have to change for a broker's topics to be those of the contract. Pure: it decides, `TopicPlan.apply` does.
package struct TopicPlan: Sendable, Equatable {
    /// One difference, which `nicobar topics diff` shows.
    package enum Change: Sendable, Equatable {
        case create(NewTopic)
        case raisePartitions(topic: String, from: Int, to: Int)
        case alter(topic: String, setting: String, from: String, to: String)
    }

    /// What nobody can mend by a request.
    package enum Complaint: Sendable, Equatable {
        /// Kafka cannot take partitions away, and all topics must have equally many.
        case morePartitionsThanPlanned(topic: String, has: Int, planned: Int)
        /// It has our prefix and nobody writes it; it is left alone.
        case unknownTopic(String)
    }

    package let changes: [Change]
    package let complaints: [Complaint]

    /// Whether the broker is as the contract wants it, as far as lanes depend on it.
    package var isEmpty: Bool { changes.isEmpty && !complaints.contains { if case .morePartitionsThanPlanned = $0 { true } else { false } } }

    /// A topic as a broker has it.
    package struct Present: Sendable, Equatable {
        package let partitions: Int
        package let settings: [String: TopicSetting]

        package init(partitions: Int, settings: [String: TopicSetting]) {
            self.partitions = partitions
            self.settings = settings
        }
    }

    /// Compares the two.
    ///
    /// - Parameters:
    ///   - present: what the broker has, by name; topics of others too.
    ///   - partitions: how many all topics shall have; the contract's number when nil, or what they all have already if that is more.
    ///   - brokers: how many there are, which limits the number of copies.
    package init(_ contract: TopicContract, present: [String: Present], partitions: Int? = nil, brokers: Int) {
        let ours = contract.topics.compactMap { present[$0.name]?.partitions }
        // Topics that were all raised together are as planned; a later plain `apply` must not complain of them.
        let raised = ours.count == contract.topics.count && Set(ours).count == 1 ? ours.first ?? 0 : 0
        let planned = partitions ?? max(contract.partitions, raised)
        var changes: [Change] = [], complaints: [Complaint] = []
        for topic in contract.topics {
            let wanted = Self.settings(of: topic, brokers: brokers)
            guard let there = present[topic.name] else {
                changes.append(.create(NewTopic(name: topic.name, partitions: planned, replication: min(3, max(1, brokers)), config: wanted)))
                continue
            }
            if there.partitions < planned { changes.append(.raisePartitions(topic: topic.name, from: there.partitions, to: planned)) }
            if there.partitions > planned { complaints.append(.morePartitionsThanPlanned(topic: topic.name, has: there.partitions, planned: planned)) }
            for (name, value) in wanted.sorted(by: { $0.key < $1.key }) where there.settings[name]?.value != value {
                // What a broker does not tell cannot be compared.
                guard let known = there.settings[name] else { continue }
                changes.append(.alter(topic: topic.name, setting: name, from: known.value, to: value))
            }
        }
        let names = Set(contract.topics.map(\.name))
        let prefixes = Set(contract.topics.compactMap { $0.name.split(separator: ".").first.map { "\($0)." } })
        for name in present.keys.sorted() where !names.contains(name) && prefixes.contains(where: name.hasPrefix) { complaints.append(.unknownTopic(name)) }
        self.changes = changes
        self.complaints = complaints
    }

    /// The settings that the contract fixes for a topic.
    static func settings(of topic: TopicContract.Topic, brokers: Int) -> [String: String] {
        var settings = ["retention.ms": String(topic.retentionMilliseconds), "cleanup.policy": topic.cleanup, "max.message.bytes": String(topic.maxMessageBytes)]
        // With three copies one broker may be away while acks=all still means two.
        if brokers >= 3 { settings["min.insync.replicas"] = "2" }
        return settings
    }
}

extension TopicPlan.Change: CustomStringConvertible {
    package var description: String {
        switch self {
        case .create(let topic): "create \(topic.name) with \(topic.partitions) partitions and \(topic.replication ?? 1) copies"
        case .raisePartitions(let topic, let from, let to): "raise \(topic) from \(from) to \(to) partitions"
        case .alter(let topic, let setting, let from, let to): "set \(setting) of \(topic) from \(from) to \(to)"
        }
    }
}

extension TopicPlan.Complaint: CustomStringConvertible {
    package var description: String {
        switch self {
        case .morePartitionsThanPlanned(let topic, let has, let planned):
            "\(topic) has \(has) partitions, \(planned) are planned, and Kafka takes none away; run: nicobar topics apply --partitions \(has)"
        case .unknownTopic(let name): "\(name) has our prefix and is in no contract; it is left alone"
        }
    }
}
