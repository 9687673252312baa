import Events
import RdKafka

/// The producer's handles of all topics that ingest writes, found without a lookup by name.
struct TopicTable {
    private let byType: [EventType: ProducerTopic]
    private let unrecognised: ProducerTopic

    /// - Throws: `KafkaError` when a name cannot be a topic's.
    init(_ producer: Producer, _ contract: TopicContract) throws(KafkaError) {
        var byType: [EventType: ProducerTopic] = [:]
        for type in EventType.allCases { byType[type] = try producer.topic(contract.topicName(for: type)) }
        self.byType = byType
        unrecognised = try producer.topic(contract.unrecognised)
    }

    /// The topic of a known type, or the one for everything else.
    subscript(type: EventType?) -> ProducerTopic { type.flatMap { byType[$0] } ?? unrecognised }
}
