import CRdKafka

/// Messages as librdkafka fetched them, without a copy; their memory lives as long as the batch does.
///
/// The batch keeps its client: destroying one waits for ever for a broker thread that a message still refers to (INTRODUCTION.md, "Termination").
///
/// Unchecked Sendable: the array is never changed after it was filled. Reading the headers of one message parses them in place, so one message
/// belongs to one thread at a time; different messages may be on different threads.
@safe package final class ConsumedBatch: @unchecked Sendable {
    /// What went wrong with a partition or the group while these were fetched.
    package struct Trouble: Sendable, Equatable {
        /// Nil when it concerns the client as a whole.
        package let partition: TopicPartition?
        package let error: KafkaError
    }

    /// How many messages there are.
    package let count: Int
    package let troubles: [Trouble]
    private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private let topics: [String]
    /// Let go of after the messages: stored properties end behind `deinit`.
    private let client: Client

    /// - Parameter fill: librdkafka's call; answers how many it put into the array, negative for an error.
    init(
        capacity: Int, client: Client, names: TopicNames, fill: (UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, Int) -> Int
    ) {
        self.client = client
        unsafe messages = .allocate(capacity: max(1, capacity))
        let filled = unsafe max(0, fill(messages, capacity))
        var good = 0, bytes = 0
        var topics: [String] = []
        topics.reserveCapacity(filled)
        var troubles: [Trouble] = []
        for index in 0..<filled {
            guard let message = unsafe messages[index] else { continue }
            let name = unsafe message.pointee.rkt.map { unsafe names.name(of: $0) }
            guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR, let name else {
                let partition = name.map { unsafe TopicPartition(topic: $0, partition: message.pointee.partition) }
                let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
                unsafe troubles.append(Trouble(partition: partition, error: KafkaError(message.pointee.err, text: text)))
                unsafe rd_kafka_message_destroy(message)
                continue
            }
            // The good ones are numbered without gaps.
            unsafe messages[good] = unsafe message
            topics.append(name)
            unsafe bytes += message.pointee.len
            good += 1
        }
        count = good
        self.bytes = bytes
        self.topics = topics
        self.troubles = troubles
    }

    deinit {
        for index in 0..<count { unsafe rd_kafka_message_destroy(messages[index]) }
        unsafe messages.deallocate()
    }

    /// Whether nothing at all came.
    package var isEmpty: Bool { count == 0 && troubles.isEmpty }

    /// How large the messages' values are together.
    let bytes: Int

    /// Where the messages come from.
    var partitions: Set<TopicPartition> {
        Set((0..<count).map { unsafe TopicPartition(topic: topics[$0], partition: messages[$0]?.pointee.partition ?? 0) })
    }

    /// A message; it keeps the batch alive.
    package subscript(index: Int) -> ConsumedMessage {
        precondition(index >= 0 && index < count)
        return unsafe ConsumedMessage(batch: self, topic: topics[index], pointer: messages[index].unsafelyUnwrapped)
    }
}
