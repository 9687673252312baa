package import RdKafka
import Synchronization

/// How far a worker is behind the topics it consumes: in events, and in seconds since the oldest of them was taken in.
package struct Lag: Sendable, Equatable {
    /// One partition of one topic.
    package struct Part: Sendable, Equatable {
        package let topic: String
        package let partition: Int32
        /// The next offset to apply; nil when the group has never committed here.
        package let committed: Int64?
        package let end: Int64
        /// Events from the committed offset to the end; all that are kept where nothing was committed.
        package let events: Int64
        /// Age of the first of them; nil when there is none, or it could not be read in time.
        package let seconds: Double?

        package init(topic: String, partition: Int32, committed: Int64?, end: Int64, events: Int64, seconds: Double?) {
            self.topic = topic
            self.partition = partition
            self.committed = committed
            self.end = end
            self.events = events
            self.seconds = seconds
        }
    }

    package let group: String
    /// How many processes are in the group now.
    package let members: Int
    package let parts: [Part]

    package var events: Int64 { parts.reduce(0) { $0 + $1.events } }
    /// The age of the oldest event that is not applied; nil when none is known.
    package var seconds: Double? { parts.compactMap(\.seconds).max() }

    /// Asks a cluster.
    ///
    /// - Parameters:
    ///   - worker: whose group and topics.
    ///   - nowMilliseconds: the present, since 1970.
    package static func read(_ worker: WorkerGroup, _ properties: KafkaProperties, nowMilliseconds: Int64) async throws(KafkaError) -> Lag {
        let admin = try Admin(properties)
        let names = Set(worker.topics)
        let topics = try await admin.metadata().topics.filter { names.contains($0.name) && $0.error == nil }
        let partitions = topics.flatMap { topic in topic.partitions.map { TopicPartition(topic: topic.name, partition: $0.id) } }
        let ends = try await admin.watermarks(partitions)
        let committed = Dictionary(try await admin.committed(by: worker.name, partitions).map { ($0.topicPartition, $0.offset) }) { first, _ in first }
        let members = try await admin.group(worker.name)?.members.count ?? 0
        var first: [PartitionOffset] = []
        for partition in partitions {
            guard let (low, high) = ends[partition], high > max(low, committed[partition] ?? low) else { continue }
            first.append(PartitionOffset(partition, max(low, committed[partition] ?? low)))
        }
        let asked = first
        let times = asked.isEmpty ? [:] : try await offPool { () throws(KafkaError) in try timestamps(of: asked, properties) }
        let parts = partitions.map { partition in
            let (low, high) = ends[partition] ?? (0, 0)
            let next = max(low, committed[partition] ?? low)
            return Part(
                topic: partition.topic, partition: partition.partition, committed: committed[partition], end: high, events: max(0, high - next),
                seconds: times[partition].map { max(0, Double(nowMilliseconds - $0) / 1000) })
        }
        return Lag(group: worker.name, members: members, parts: parts)
    }

    /// The times of single messages, by reading them outside any group; those that do not come within some seconds are left out.
    private static func timestamps(of offsets: [PartitionOffset], _ properties: KafkaProperties) throws(KafkaError) -> [TopicPartition: Int64] {
        var properties = properties
        properties["enable.partition.eof"] = "false"
        let consumer = try Consumer(properties, groupId: "nicobar.lag")
        try consumer.assign(offsets)
        var times: [TopicPartition: Int64] = [:]
        let clock = ContinuousClock(), end = clock.now + .seconds(5)
        while times.count < offsets.count, clock.now < end {
            let batch = consumer.poll(max: 500, timeout: .milliseconds(200))
            for index in 0..<batch.count {
                let message = batch[index], partition = message.topicPartition
                guard times[partition] == nil else { continue }
                times[partition] = message.timestampMilliseconds
                try consumer.pause([partition])
            }
        }
        try consumer.close()
        return times
    }
}
