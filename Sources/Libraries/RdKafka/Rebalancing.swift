import CRdKafka

/// Tells a consumer's handler of what librdkafka's callback tells, and does with the assignment what the callback has to do.
///
/// librdkafka calls back only from within a poll or a close, on the thread that makes it (rdkafka.h, `rd_kafka_conf_set_rebalance_cb`).
final class Rebalancing {
    private let handler: Consumer.RebalanceHandler
    private var happened = false

    init(_ handler: @escaping Consumer.RebalanceHandler) { self.handler = handler }

    /// Whether there was a rebalance since this was last asked.
    func hasJustHappened() -> Bool {
        defer { happened = false }
        return happened
    }

    func receive(_ client: OpaquePointer, _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) {
        happened = true
        guard code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, let list = unsafe list else {
            let partitions = unsafe list.map { unsafe PartitionList.partitions($0) } ?? []
            let lost = unsafe rd_kafka_assignment_lost(client) == 1
            _ = handler(lost ? .lost(partitions) : .revoked(partitions))
            // librdkafka remembers a pause beyond the assignment (confluent-kafka-go, issue 193): a partition that came back would never be fetched again.
            unsafe rd_kafka_resume_partitions(client, list)
            unsafe rd_kafka_assign(client, nil)
            return
        }
        for start in unsafe handler(.assigned(PartitionList.partitions(list))) {
            let entry = unsafe rd_kafka_topic_partition_list_find(list, start.topicPartition.topic, start.topicPartition.partition)
            unsafe entry?.pointee.offset = start.offset
        }
        unsafe rd_kafka_assign(client, list)
    }
}

/// librdkafka's `rebalance_cb`.
func receiveRebalance(
    _ client: OpaquePointer?, _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ opaque: UnsafeMutableRawPointer?
) {
    guard let client = unsafe client, let opaque = unsafe opaque else { return }
    unsafe Unmanaged<Callbacks>.fromOpaque(opaque).takeUnretainedValue().rebalancing?.receive(client, code, list)
}
