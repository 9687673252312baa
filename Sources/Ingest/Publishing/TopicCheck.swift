import Events
import RdKafka

/// Whether the broker's topics are those of the contract, as far as ingest depends on it.
struct TopicCheck: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    /// Compares what a broker says with the contract.
    ///
    /// - Returns: nil when all that ingest writes is there with the right number of partitions.
    static func fault(in metadata: ClusterMetadata, _ contract: TopicContract) -> TopicCheck? {
        let partitions = Dictionary(metadata.topics.map { ($0.name, $0.partitions.count) }) { first, _ in first }
        var missing: [String] = []
        for name in EventType.allCases.map({ contract.topicName(for: $0) }) + [contract.unrecognised] {
            guard let count = partitions[name], count > 0 else {
                missing.append(name)
                continue
            }
            // More than planned is what `topics apply --partitions` makes; fewer, or unequal counts, split a lane.
            if count < contract.partitions {
                return TopicCheck(description: "topic \(name) has \(count) partitions, \(contract.partitions) are planned; run: nicobar topics apply")
            }
        }
        if let first = missing.first {
            let others = missing.count == 1 ? "" : " and \(missing.count - 1) more"
            return TopicCheck(description: "topic \(first)\(others) does not exist; run: nicobar topics apply")
        }
        let written = Set(EventType.allCases.map { contract.topicName(for: $0) } + [contract.unrecognised])
        let counts = Set(partitions.filter { written.contains($0.key) }.values)
        if counts.count > 1 {
            return TopicCheck(description: "topics have unequal partition counts (\(counts.sorted().map(String.init).joined(separator: ", "))); run: nicobar topics apply")
        }
        return nil
    }
}
