import RdKafka

/// Where the messages of each partition are copied to. Belongs to the poll thread.
///
/// The messages of one partition are done in their order, so a block with only one partition's is let go of soon after its first message is done. Filled as
/// fetching mixes them, a block stayed for as long as the slowest topic in it waited: half as much again as what waited.
struct PartitionBlocks {
    private struct Filling {
        let partition: TopicPartition
        var block: MessageBlock?
    }

    private var fillings: [Filling] = []
    private var places: [TopicPartition: Int] = [:]
    private var last = 0

    mutating func copy(_ message: ConsumedMessage) -> CopiedMessage {
        // Fetching gives runs of one partition.
        if fillings.isEmpty || !fillings[last].partition.isOf(message) { last = place(of: message.topicPartition) }
        return message.copied(into: &fillings[last].block)
    }

    private mutating func place(of partition: TopicPartition) -> Int {
        if let place = places[partition] { return place }
        places[partition] = fillings.count
        fillings.append(Filling(partition: partition))
        return fillings.count - 1
    }
}

extension TopicPartition {
    fileprivate func isOf(_ message: ConsumedMessage) -> Bool { partition == message.partition && topic == message.topic }
}
