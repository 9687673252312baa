/// One partition of one topic.
package struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    package let topic: String
    package let partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    package var description: String { "\(topic)/\(partition)" }
}

/// A place in a partition: the offset of the next message to read.
package struct PartitionOffset: Hashable, Sendable, CustomStringConvertible {
    package let topicPartition: TopicPartition
    package let offset: Int64

    package init(_ topicPartition: TopicPartition, _ offset: Int64) {
        self.topicPartition = topicPartition
        self.offset = offset
    }

    package init(topicPartition: TopicPartition, offset: Int64) { self.init(topicPartition, offset) }

    package var description: String { "\(topicPartition)@\(offset)" }
}
