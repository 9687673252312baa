package import Events

/// One event that waits in the outbox.
package struct OutboxRow: Sendable, Equatable {
    /// Where it stands in its shard; handed out once and never again.
    package let position: Int64
    package let shard: Int
    /// `ce_id`
    package let id: String
    /// The full name, mode prefix included.
    package let topic: String
    package let key: String
    /// `ce_type`
    package let type: String
    /// `ce_time`
    package let occurredAt: Timestamp
    package let traceparent: String?
    package let body: [UInt8]

    package init(
        position: Int64, shard: Int, id: String, topic: String, key: String, type: String, occurredAt: Timestamp, traceparent: String? = nil, body: [UInt8]
    ) {
        self.position = position
        self.shard = shard
        self.id = id
        self.topic = topic
        self.key = key
        self.type = type
        self.occurredAt = occurredAt
        self.traceparent = traceparent
        self.body = body
    }
}
