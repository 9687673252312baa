import CRdKafka

/// librdkafka's mock cluster inside this process: brokers on random loopback ports that keep messages in memory, 5 MB or 100,000 of them a partition.
///
/// It makes a topic with four partitions when somebody asks about one, and takes no CreateTopics requests (librdkafka 2.0.2). For tests and the demo.
///
/// Unchecked Sendable: its calls hand an operation to the cluster's own thread and wait for it.
@safe package final class MockCluster: @unchecked Sendable {
    private let client: Client
    private let cluster: OpaquePointer
    /// What a client is given as `bootstrap.servers`.
    package let bootstrapServers: String

    /// - Parameter brokers: how many.
    /// - Throws: `KafkaError` when no socket can be had.
    package init(brokers: Int = 1) throws(KafkaError) {
        client = try unsafe Client(RD_KAFKA_PRODUCER, [:], log: { _ in })
        guard let cluster = unsafe rd_kafka_mock_cluster_new(client.pointer, Int32(brokers)), let servers = unsafe rd_kafka_mock_cluster_bootstraps(cluster) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, saying: "the mock cluster could not be started")
        }
        unsafe self.cluster = unsafe cluster
        bootstrapServers = unsafe String(cString: servers)
    }

    deinit { unsafe rd_kafka_mock_cluster_destroy(cluster) }

    /// Makes a topic before anybody asks about it.
    ///
    /// - Throws: `KafkaError`, `isAlreadyThere` among others.
    package func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(KafkaError) {
        try unsafe KafkaError.check(rd_kafka_mock_topic_create(cluster, name, Int32(partitions), Int32(replication)))
    }

    /// Cuts all connections of a broker and refuses new ones, until `setBrokerUp`.
    package func setBrokerDown(_ id: Int32 = 1) throws(KafkaError) { try unsafe KafkaError.check(rd_kafka_mock_broker_set_down(cluster, id)) }

    /// Lets a broker take connections again.
    package func setBrokerUp(_ id: Int32 = 1) throws(KafkaError) { try unsafe KafkaError.check(rd_kafka_mock_broker_set_up(cluster, id)) }

    /// Makes a broker answer late.
    package func setRoundTrip(_ time: Duration, broker id: Int32 = 1) throws(KafkaError) {
        try unsafe KafkaError.check(rd_kafka_mock_broker_set_rtt(cluster, id, time.milliseconds))
    }

    /// Lets the next requests of a kind fail.
    ///
    /// - Parameters:
    ///   - apiKey: the Kafka protocol's number of the request: 0 is Produce, 1 Fetch, 8 OffsetCommit.
    ///   - code: the broker's error code.
    ///   - times: how many requests.
    package func pushRequestErrors(apiKey: Int16, code: Int32, times: Int) {
        unsafe nicobar_mock_fail(cluster, apiKey, rd_kafka_resp_err_t(rawValue: code), times)
    }
}
