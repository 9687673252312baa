import CRdKafka
import Glibc
import Threads

/// Asks about a cluster and changes its topics. Every call runs on a thread of its own, away from the cooperative pool.
@safe package final class Admin: Sendable {
    private let client: Client
    private let properties: KafkaProperties
    private let timeout: Duration

    /// - Parameters:
    ///   - properties: what is configured.
    ///   - timeout: how long each call may take.
    ///   - log: where librdkafka's lines go; called on its threads.
    /// - Throws: `KafkaError` when a property is unknown or wrong.
    package init(_ properties: KafkaProperties, timeout: Duration = .seconds(15), log: @escaping KafkaLogHandler = { _ in }) throws(KafkaError) {
        client = try unsafe Client(RD_KAFKA_PRODUCER, properties, log: log)
        self.properties = properties
        self.timeout = timeout
    }

    /// All topics with their partitions, and all brokers.
    package func metadata() async throws(KafkaError) -> ClusterMetadata {
        try await offPool { [client, timeout] () throws(KafkaError) in try unsafe ClusterMetadata.read(client, timeout: timeout) }
    }

    /// The first offset that is kept and the one after the last, for each of these partitions.
    package func watermarks(_ partitions: [TopicPartition]) async throws(KafkaError) -> [TopicPartition: (low: Int64, high: Int64)] {
        try await offPool { [client, timeout] () throws(KafkaError) in
            var result: [TopicPartition: (low: Int64, high: Int64)] = [:]
            for one in partitions {
                var low: Int64 = 0, high: Int64 = 0
                try Self.patiently(timeout) { () throws(KafkaError) in
                    try unsafe KafkaError.check(
                        rd_kafka_query_watermark_offsets(client.pointer, one.topic, one.partition, &low, &high, timeout.milliseconds))
                }
                result[one] = (low, high)
            }
            return result
        }
    }

    /// The first offsets at or after a time; partitions that hold nothing so late are left out.
    ///
    /// - Parameter milliseconds: since 1970.
    package func offsets(of partitions: [TopicPartition], atOrAfter milliseconds: Int64) async throws(KafkaError) -> [PartitionOffset] {
        try await offPool { [client, timeout] () throws(KafkaError) in
            let list = PartitionList(partitions.map { PartitionOffset($0, milliseconds) })
            return try Self.patiently(timeout) { () throws(KafkaError) in
                try unsafe KafkaError.check(rd_kafka_offsets_for_times(client.pointer, list.pointer, timeout.milliseconds))
                return try list.offsets()
            }
        }
    }

    /// Asks again while a broker says that it will know soon, as one does that is just becoming the leader of a new partition. What this side found out (no broker
    /// is there, an answer did not come) has been waited for already.
    ///
    /// - Parameter time: how long at most.
    @available(*, noasync, message: "blocks its thread")
    private static func patiently<Value>(_ time: Duration, _ ask: () throws(KafkaError) -> Value) throws(KafkaError) -> Value {
        let end = ContinuousClock.now + time
        while true {
            do throws(KafkaError) { return try ask() } catch {
                guard error.code > 0, error.isRetriable, ContinuousClock.now < end else { throw error }
            }
            // Nobody tells when it knows.
            usleep(100_000)
        }
    }

    /// What a group has committed; partitions without a commit are left out.
    package func committed(by group: String, _ partitions: [TopicPartition]) async throws(KafkaError) -> [PartitionOffset] {
        guard !partitions.isEmpty else { return [] }
        return try await offPool { [properties, timeout] () throws(KafkaError) in
            var properties = properties
            properties["group.id"] = group
            // A client that never subscribes is no member; it only asks the coordinator.
            let asking = try unsafe Client(RD_KAFKA_CONSUMER, properties, log: { _ in })
            let list = PartitionList(partitions)
            try unsafe KafkaError.check(rd_kafka_committed(asking.pointer, list.pointer, timeout.milliseconds))
            return try list.offsets()
        }
    }
}

/// Runs what blocks on a thread of its own.
func offPool<Value: Sendable>(_ work: @escaping @Sendable () throws(KafkaError) -> Value) async throws(KafkaError) -> Value {
    let result: Result<Value, KafkaError> = await withCheckedContinuation { continuation in
        SystemThread.start("kafka-admin") {
            let outcome: Result<Value, KafkaError>
            do throws(KafkaError) { outcome = .success(try work()) } catch { outcome = .failure(error) }
            continuation.resume(returning: outcome)
        }
    }
    return try result.get()
}

extension Admin {
    /// Sends a request and waits for its answer on a queue of its own. Blocks.
    ///
    /// - Parameters:
    ///   - operation: which request the options are for.
    ///   - send: librdkafka's call.
    ///   - read: takes the answer apart.
    static func ask<Value>(
        _ client: Client, _ operation: rd_kafka_admin_op_t, timeout: Duration,
        send: (_ client: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer) -> Void,
        read: (_ event: OpaquePointer) throws(KafkaError) -> Value
    ) throws(KafkaError) -> Value {
        guard let made = unsafe rd_kafka_queue_new(client.pointer) else { throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE) }
        let queue = unsafe EventQueue(owning: made)
        let options = unsafe rd_kafka_AdminOptions_new(client.pointer, operation)
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        unsafe _ = rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, nil, 0)
        unsafe send(client.pointer, options, queue.pointer)
        // A second more than the request itself has, so that its own time-out is what is told.
        guard let event = unsafe rd_kafka_queue_poll(queue.pointer, (timeout + .seconds(1)).milliseconds) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let code = unsafe rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw unsafe KafkaError(code, text: rd_kafka_event_error_string(event).map { unsafe String(cString: $0) })
        }
        return try unsafe read(event)
    }

    func request<Value: Sendable>(_ work: @escaping @Sendable (Client, Duration) throws(KafkaError) -> Value) async throws(KafkaError) -> Value {
        try await offPool { [client, timeout] () throws(KafkaError) in try work(client, timeout) }
    }
}
