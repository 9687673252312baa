import CRdKafka

/// The owner of a list of partitions with offsets, as librdkafka's calls take and fill it.
@safe struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: [TopicPartition]) {
        unsafe pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        for one in partitions { _ = unsafe rd_kafka_topic_partition_list_add(pointer, one.topic, one.partition) }
    }

    init(_ offsets: [PartitionOffset]) {
        unsafe pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for one in offsets {
            let entry = unsafe rd_kafka_topic_partition_list_add(pointer, one.topicPartition.topic, one.topicPartition.partition)
            unsafe entry?.pointee.offset = one.offset
        }
    }

    /// Takes over a list that librdkafka made.
    init(owning pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe rd_kafka_topic_partition_list_destroy(pointer) }

    /// The partitions of a list that somebody else owns.
    static func partitions(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [TopicPartition] {
        unsafe (0..<Int(list.pointee.cnt)).map { index in
            let entry = unsafe list.pointee.elems[index]
            return unsafe TopicPartition(topic: String(cString: entry.topic), partition: entry.partition)
        }
    }

    /// The partitions with their offsets; those without a known offset (a negative one) are left out.
    ///
    /// - Throws: the first error that an entry carries.
    func offsets() throws(KafkaError) -> [PartitionOffset] {
        var result: [PartitionOffset] = []
        for index in unsafe 0..<Int(pointer.pointee.cnt) {
            let entry = unsafe pointer.pointee.elems[index]
            try unsafe KafkaError.check(entry.err)
            guard unsafe entry.offset >= 0 else { continue }
            result.append(unsafe PartitionOffset(TopicPartition(topic: String(cString: entry.topic), partition: entry.partition), entry.offset))
        }
        return result
    }
}
