import RdKafka
import Worker

/// What stands in one place of a partition of the model.
struct ModelEvent {
    let id: Int
    let attempt: Int
    let body: Int
    /// PostgreSQL refuses it, always.
    let isPoison: Bool
    let record: Record

    init(id: Int, attempt: Int, body: Int, isPoison: Bool, at place: TopicPartition, offset: Int64) {
        self.id = id
        self.attempt = attempt
        self.body = body
        self.isPoison = isPoison
        record = Record(
            owner: NoMemory.shared, index: 0, topic: place.topic, partition: place.partition, offset: offset, timestampMilliseconds: offset, key: nil,
            body: UnsafeRawBufferPointer(start: nil, count: 0), webhookId: nil, typeName: nil, eventTime: nil, webhookTimestamp: nil, unrecognisedReason: nil)
    }
}

/// Model records hold no bytes: the model knows them by their place.
private final class NoMemory: RecordOwner {
    static let shared = NoMemory()
    func forEachHeader(ofRecord index: Int, _ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {}
}
