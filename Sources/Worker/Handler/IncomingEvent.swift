package import Events

/// An event as it came from its topic, lent to a handler for one call.
///
/// The views into key, headers and body live as long as the batch of messages they stand in; a handler copies what it keeps.
package struct IncomingEvent {
    /// The webhook-id (`ce_id`): what makes two deliveries one event.
    package var webhookId: UnsafeRawBufferPointer
    /// The type by Dodo's name (`ce_type`); nil when the header is missing.
    package var typeName: UnsafeRawBufferPointer?
    /// Dodo's bytes.
    package var body: UnsafeRawBufferPointer
    /// When the event happened (`ce_time`); nil when the header is missing or no time.
    package var eventTime: Timestamp?
    /// When this attempt was signed (`webhook-timestamp`), else when Kafka took it.
    package var attemptTime: Timestamp
    /// The SHA-256 of the body, 32 bytes.
    package var bodyHash: UnsafeRawBufferPointer
    /// Why ingest put it on the unrecognised topic; nil on all other topics.
    package var unrecognisedReason: UnsafeRawBufferPointer?

    package init(
        webhookId: UnsafeRawBufferPointer, typeName: UnsafeRawBufferPointer?, body: UnsafeRawBufferPointer, eventTime: Timestamp?,
        attemptTime: Timestamp, bodyHash: UnsafeRawBufferPointer, unrecognisedReason: UnsafeRawBufferPointer? = nil
    ) {
        self.webhookId = webhookId
        self.typeName = typeName
        self.body = body
        self.eventTime = eventTime
        self.attemptTime = attemptTime
        self.bodyHash = bodyHash
        self.unrecognisedReason = unrecognisedReason
    }
}
