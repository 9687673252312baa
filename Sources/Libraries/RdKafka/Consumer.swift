import CRdKafka
import Glibc

/// A member of a consumer group.
///
/// Everything but its `Waker` belongs to one thread: the one that polls. Offsets are never stored or committed unless `commit` says so.
@safe package final class Consumer {
    /// What becomes of the group's partitions. The handler is called on the polling thread, inside `poll` or `close`.
    package enum Rebalance: Sendable, Equatable {
        /// These are ours from now on.
        case assigned([TopicPartition])
        /// These are ours until the handler comes back; commit what is to be kept.
        case revoked([TopicPartition])
        /// These may have another owner already; a commit would fail.
        case lost([TopicPartition])
    }

    /// Answers where to start in partitions that were assigned, for those where the committed offset does not count.
    package typealias RebalanceHandler = (Rebalance) -> [PartitionOffset]

    /// Brings `poll` back early, from any thread.
    package let waker: Waker

    private let client: Client
    private let queue: EventQueue
    private let names = TopicNames()
    private let rebalancing: Rebalancing
    private var reminder: FetchReminder
    /// The partitions of the last messages that were taken while there were enough; their leaders are those to remind.
    private var lastTaken: Set<TopicPartition> = []
    private var isClosed = false

    /// Makes a member; it joins with `subscribe`.
    ///
    /// - Parameters:
    ///   - properties: what is configured; the range assignor and offsets by hand are this room's own.
    ///   - groupId: the consumer group.
    ///   - instanceId: makes a static member of it (`group.instance.id`).
    ///   - log: where librdkafka's lines go; called on its threads.
    ///   - onRebalance: told of every change, on the polling thread.
    /// - Throws: `KafkaError` when a property is unknown or wrong.
    package init(
        _ properties: KafkaProperties, groupId: String, instanceId: String? = nil, log: @escaping KafkaLogHandler = { _ in },
        onRebalance: @escaping RebalanceHandler = { _ in [] }
    ) throws(KafkaError) {
        var properties = properties
        properties["group.id"] = groupId
        if let instanceId { properties["group.instance.id"] = instanceId }
        properties["enable.auto.commit"] = "false"
        properties["enable.auto.offset.store"] = "false"
        properties["partition.assignment.strategy"] = "range"
        if properties["auto.offset.reset"] == nil { properties["auto.offset.reset"] = "earliest" }
        guard let waker = Waker() else { throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, saying: "no eventfd can be had") }
        self.waker = waker
        rebalancing = Rebalancing(onRebalance)
        reminder = FetchReminder(properties)
        client = try unsafe Client(RD_KAFKA_CONSUMER, properties, log: log, rebalancing: rebalancing) { configuration in
            unsafe rd_kafka_conf_set_rebalance_cb(configuration, receiveRebalance)
        }
        unsafe rd_kafka_poll_set_consumer(client.pointer)
        queue = unsafe EventQueue(owning: rd_kafka_queue_get_consumer(client.pointer))
        queue.wake(waker.descriptor)
    }

    deinit {
        // Not closed means abandoned: the group finds out by the session time-out.
        queue.wake(-1)
    }

    /// Joins the group for these topics.
    package func subscribe(_ topics: [String]) throws(KafkaError) {
        let list = PartitionList(topics.map { TopicPartition(topic: $0, partition: RD_KAFKA_PARTITION_UA) })
        try unsafe KafkaError.check(rd_kafka_subscribe(client.pointer, list.pointer))
    }

    /// Reads these partitions from these offsets, outside any group's assignment.
    package func assign(_ offsets: [PartitionOffset]) throws(KafkaError) {
        let list = PartitionList(offsets)
        try unsafe KafkaError.check(rd_kafka_assign(client.pointer, list.pointer))
    }

    /// Takes what has been fetched, waiting only when there is nothing.
    ///
    /// librdkafka's own batch call waits for the whole time unless the batch is full, so this one waits on the queue's descriptor instead.
    ///
    /// - Parameters:
    ///   - max: messages at most.
    ///   - timeout: how long to wait for the first one.
    /// - Returns: the messages, and what went wrong meanwhile; empty when there was nothing, a rebalance happened, or the waker was used.
    @available(*, noasync, message: "blocks its thread")
    package func poll(max: Int, timeout: Duration) -> ConsumedBatch {
        let first = take(max)
        guard first.isEmpty, !rebalancing.hasJustHappened() else { return first }
        waker.wait(milliseconds: timeout.milliseconds)
        return take(max)
    }

    private func take(_ max: Int) -> ConsumedBatch {
        let before = unsafe Int(rd_kafka_queue_length(queue.pointer))
        let batch = unsafe ConsumedBatch(capacity: max, client: client, names: names) { array, size in
            unsafe rd_kafka_consume_batch_queue(queue.pointer, 0, array, size)
        }
        let left = unsafe Int(rd_kafka_queue_length(queue.pointer))
        let isDue = reminder.isDue(before: before, left: left, taken: batch.count, bytes: batch.bytes)
        if isDue || reminder.isWaiting, !batch.isEmpty { lastTaken = batch.partitions }
        if isDue { fetchOn(lastTaken) }
        return batch
    }

    /// Wakes librdkafka's threads for the leaders of these partitions, by asking each of them for an offset whose answer nobody waits for. Awake, they fetch.
    private func fetchOn(_ partitions: Set<TopicPartition>) {
        // The end of the log, which a broker need not look for.
        let list = PartitionList(partitions.map { PartitionOffset($0, Int64(RD_KAFKA_OFFSET_END)) })
        unsafe _ = rd_kafka_offsets_for_times(client.pointer, list.pointer, 0)
    }

    /// Stops fetching from these partitions; what is fetched already is thrown away and fetched again later. Ends with `resume`, or with the assignment.
    package func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        try unsafe KafkaError.check(rd_kafka_pause_partitions(client.pointer, list.pointer))
    }

    /// Fetches from these partitions again, at once: if nothing else was to be fetched, librdkafka's thread for the broker sleeps for a second, and it alone would let it.
    package func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        try unsafe KafkaError.check(rd_kafka_resume_partitions(client.pointer, list.pointer))
        fetchOn(Set(partitions))
    }

    /// Commits offsets (of the next messages to read) and waits for the coordinator's answer.
    @available(*, noasync, message: "blocks its thread")
    package func commit(_ offsets: [PartitionOffset]) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        try unsafe KafkaError.check(rd_kafka_commit(client.pointer, list.pointer, 0))
    }

    /// Sends a commit without waiting for the answer; one that fails is made good by a later one.
    package func commitAsync(_ offsets: [PartitionOffset]) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        try unsafe KafkaError.check(rd_kafka_commit(client.pointer, list.pointer, 1))
    }

    /// The group's committed offsets; partitions without one are left out.
    @available(*, noasync, message: "blocks its thread")
    package func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(partitions)
        try unsafe KafkaError.check(rd_kafka_committed(client.pointer, list.pointer, timeout.milliseconds))
        return try list.offsets()
    }

    /// The offsets of the next messages to be handed out; partitions from which none was are left out.
    package func position(_ partitions: [TopicPartition]) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(partitions)
        try unsafe KafkaError.check(rd_kafka_position(client.pointer, list.pointer))
        return try list.offsets()
    }

    /// The first offset that is kept and the one after the last, asked from the broker.
    @available(*, noasync, message: "blocks its thread")
    package func watermarks(_ partition: TopicPartition, timeout: Duration) throws(KafkaError) -> (low: Int64, high: Int64) {
        var low: Int64 = 0, high: Int64 = 0
        try unsafe KafkaError.check(
            rd_kafka_query_watermark_offsets(client.pointer, partition.topic, partition.partition, &low, &high, timeout.milliseconds))
        return (low, high)
    }

    /// The same from what fetching has told last, without asking; nil before the first fetch.
    package func knownWatermarks(_ partition: TopicPartition) -> (low: Int64, high: Int64)? {
        var low: Int64 = 0, high: Int64 = 0
        let code = unsafe rd_kafka_get_watermark_offsets(client.pointer, partition.topic, partition.partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? (low, high) : nil
    }

    /// The first offsets at or after a time; partitions that hold nothing so late are left out.
    ///
    /// - Parameter milliseconds: since 1970.
    @available(*, noasync, message: "blocks its thread")
    package func offsets(
        of partitions: [TopicPartition], atOrAfter milliseconds: Int64, timeout: Duration
    ) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(partitions.map { PartitionOffset($0, milliseconds) })
        try unsafe KafkaError.check(rd_kafka_offsets_for_times(client.pointer, list.pointer, timeout.milliseconds))
        return try list.offsets()
    }

    /// What a broker says about one topic, or about all.
    @available(*, noasync, message: "blocks its thread")
    package func metadata(timeout: Duration) throws(KafkaError) -> ClusterMetadata { try unsafe ClusterMetadata.read(client, timeout: timeout) }

    /// What is ours at the moment.
    package func assignment() throws(KafkaError) -> [TopicPartition] {
        var made: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        try unsafe KafkaError.check(rd_kafka_assignment(client.pointer, &made))
        guard let made = unsafe made else { return [] }
        let list = unsafe PartitionList(owning: made)
        return unsafe PartitionList.partitions(list.pointer)
    }

    /// The error after which this consumer is of no use any more; nil while there is none.
    package var fatalError: KafkaError? { client.fatalError }

    /// Leaves the group, so that the others take over at once. The rebalance handler is called for what was ours.
    ///
    /// Every `ConsumedBatch` may outlive the consumer.
    @available(*, noasync, message: "blocks its thread")
    package func close() throws(KafkaError) {
        guard !isClosed else { return }
        isClosed = true
        try unsafe KafkaError.check(rd_kafka_consumer_close(client.pointer))
    }
}
