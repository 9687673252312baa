import CRdKafka

/// A topic as one producer knows it; made once and used for every message.
///
/// Unchecked Sendable: librdkafka counts references to a topic handle itself, and it may be used from any thread.
@safe package final class ProducerTopic: @unchecked Sendable {
    let pointer: OpaquePointer
    package let name: String
    /// Keeps the client alive for as long as its topic.
    private let client: Client

    init(_ client: Client, _ name: String) throws(KafkaError) {
        guard let pointer = unsafe rd_kafka_topic_new(client.pointer, name, nil) else { throw KafkaError(rd_kafka_last_error()) }
        unsafe self.pointer = unsafe pointer
        self.name = name
        self.client = client
    }

    deinit { unsafe rd_kafka_topic_destroy(pointer) }
}
