/// The names of the Kafka headers that every event carries: CloudEvents 1.0 in binary mode, and what else a consumer needs (DESIGN §6).
package enum HeaderName {
    package static let specVersion: StaticString = "ce_specversion"
    /// The webhook-id, which is the id of the event.
    package static let id: StaticString = "ce_id"
    package static let source: StaticString = "ce_source"
    /// Dodo's event type.
    package static let type: StaticString = "ce_type"
    /// When the event happened, RFC 3339.
    package static let time: StaticString = "ce_time"
    package static let contentType: StaticString = "content-type"
    /// Unix seconds of the delivery attempt, as signed.
    package static let webhookTimestamp: StaticString = "webhook-timestamp"
    /// When ingest took the delivery in, RFC 3339.
    package static let receivedAt: StaticString = "received-at"
    /// W3C Trace Context.
    package static let traceParent: StaticString = "traceparent"
    /// Why an event is on the unrecognised topic.
    package static let unrecognisedReason: StaticString = "nicobar-unrecognised-reason"
}
