import CRdKafka

/// What a broker says about the cluster.
package struct ClusterMetadata: Sendable, Equatable {
    package struct Broker: Sendable, Equatable {
        package let id: Int32
        package let host: String
        package let port: Int
    }

    package struct Partition: Sendable, Equatable {
        package let id: Int32
        /// The broker that leads; -1 while there is none.
        package let leader: Int32
        package let replicas: [Int32]
    }

    package struct Topic: Sendable, Equatable {
        package let name: String
        package let partitions: [Partition]
        /// Why the topic cannot be used, such as that it does not exist.
        package let error: KafkaError?
    }

    package let brokers: [Broker]
    package let topics: [Topic]

    /// Asks a broker. Blocks up to the time-out.
    ///
    /// - Parameters:
    ///   - client: whom to ask through.
    ///   - topic: one topic only; all when nil.
    ///   - timeout: how long to wait for an answer.
    static func read(_ client: Client, topic: OpaquePointer? = nil, timeout: Duration) throws(KafkaError) -> ClusterMetadata {
        var answer: UnsafePointer<rd_kafka_metadata>?
        try unsafe KafkaError.check(rd_kafka_metadata(client.pointer, topic == nil ? 1 : 0, topic, &answer, timeout.milliseconds))
        guard let answer = unsafe answer else { throw KafkaError(RD_KAFKA_RESP_ERR__FAIL) }
        defer { unsafe rd_kafka_metadata_destroy(answer) }
        let data = unsafe answer.pointee
        return unsafe ClusterMetadata(
            brokers: (0..<Int(data.broker_cnt)).map { index in
                let broker = unsafe data.brokers[index]
                return unsafe Broker(id: broker.id, host: String(cString: broker.host), port: Int(broker.port))
            },
            topics: (0..<Int(data.topic_cnt)).map { index in
                let topic = unsafe data.topics[index]
                return unsafe Topic(
                    name: String(cString: topic.topic),
                    partitions: (0..<Int(topic.partition_cnt)).map { number in
                        let partition = unsafe topic.partitions[number]
                        return unsafe Partition(
                            id: partition.id, leader: partition.leader,
                            replicas: (0..<Int(partition.replica_cnt)).map { unsafe partition.replicas[$0] })
                    },
                    error: topic.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(topic.err))
            })
    }
}
