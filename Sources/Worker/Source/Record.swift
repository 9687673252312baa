package import RdKafka

/// Keeps the memory of records alive, and knows what is only wanted of the few that are parked.
package protocol RecordOwner: AnyObject, Sendable {
    /// Calls the body for every header of a record, in their order.
    func forEachHeader(ofRecord index: Int, _ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void)
}

/// One message of a topic: views into memory that its owner keeps.
///
/// Unchecked Sendable: what it points to never changes; one record belongs to one thread at a time.
package struct Record: @unchecked Sendable {
    package let owner: any RecordOwner
    /// Its place within its owner.
    package let index: Int
    package let topic: String
    package let partition: Int32
    package let offset: Int64
    /// Milliseconds since 1970, by Kafka.
    package let timestampMilliseconds: Int64
    package let key: UnsafeRawBufferPointer?
    package let body: UnsafeRawBufferPointer
    package let webhookId: UnsafeRawBufferPointer?
    package let typeName: UnsafeRawBufferPointer?
    package let eventTime: UnsafeRawBufferPointer?
    package let webhookTimestamp: UnsafeRawBufferPointer?
    package let unrecognisedReason: UnsafeRawBufferPointer?

    package init(
        owner: any RecordOwner, index: Int, topic: String, partition: Int32, offset: Int64, timestampMilliseconds: Int64, key: UnsafeRawBufferPointer?,
        body: UnsafeRawBufferPointer, webhookId: UnsafeRawBufferPointer?, typeName: UnsafeRawBufferPointer?, eventTime: UnsafeRawBufferPointer?,
        webhookTimestamp: UnsafeRawBufferPointer?, unrecognisedReason: UnsafeRawBufferPointer?
    ) {
        self.owner = owner
        self.index = index
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.key = key
        self.body = body
        self.webhookId = webhookId
        self.typeName = typeName
        self.eventTime = eventTime
        self.webhookTimestamp = webhookTimestamp
        self.unrecognisedReason = unrecognisedReason
    }

    package var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}
