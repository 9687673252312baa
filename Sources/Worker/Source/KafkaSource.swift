import Events
import Glibc
package import RdKafka

/// Events from Kafka, as a member of a consumer group.
package final class KafkaSource: EventSource {
    private let consumer: Consumer
    private var blocks = PartitionBlocks()
    package let wake: @Sendable () -> Void

    /// What the promise of DESIGN §8 and the measurements rest on; what the environment says comes on top.
    package static let properties: KafkaProperties = [
        "client.id": "nicobar-worker", "session.timeout.ms": "30000", "fetch.wait.max.ms": "100", "queued.min.messages": "4000",
        "queued.max.messages.kbytes": "8192", "fetch.max.bytes": "2097152", "auto.offset.reset": "earliest", "reconnect.backoff.max.ms": "1000",
        "enable.partition.eof": "false",
    ]

    /// Joins the group.
    ///
    /// - Parameters:
    ///   - topics: all that the worker consumes.
    ///   - onRebalance: called on the poll thread, inside `poll` and `close`.
    /// - Throws: `KafkaError` when a property is wrong.
    package init(
        _ properties: KafkaProperties, groupId: String, instanceId: String?, topics: [String], log: @escaping KafkaLogHandler,
        onRebalance: @escaping (Consumer.Rebalance) -> Void
    ) throws(KafkaError) {
        consumer = try Consumer(properties.over(Self.properties), groupId: groupId, instanceId: instanceId, log: log) { change in
            onRebalance(change)
            return []
        }
        wake = { [waker = consumer.waker] in waker.wake() }
        try consumer.subscribe(topics)
    }

    @available(*, noasync, message: "blocks its thread")
    package func poll(max: Int, timeout: Duration, _ take: (Record) -> Void) -> [SourceTrouble] {
        let batch = consumer.poll(max: max, timeout: timeout)
        for index in 0..<batch.count { take(record(batch[index])) }
        var troubles = batch.troubles.map { SourceTrouble(error: $0.error, isFatal: false) }
        if let fatal = consumer.fatalError { troubles.append(SourceTrouble(error: fatal, isFatal: true)) }
        return troubles
    }

    /// A record in memory of its own. Records wait in their lanes for very different times, the newest of a topic that says little longest: as views into what was
    /// fetched, each would keep all that was fetched with it.
    private func record(_ message: ConsumedMessage) -> Record {
        let copy = blocks.copy(message)
        var id: UnsafeRawBufferPointer?, type: UnsafeRawBufferPointer?, time: UnsafeRawBufferPointer?
        var timestamp: UnsafeRawBufferPointer?, reason: UnsafeRawBufferPointer?
        copy.forEachHeader { name, value in
            if name.says(HeaderName.id) { id = value }
            else if name.says(HeaderName.type) { type = value }
            else if name.says(HeaderName.time) { time = value }
            else if name.says(HeaderName.webhookTimestamp) { timestamp = value }
            else if name.says(HeaderName.unrecognisedReason) { reason = value }
        }
        return Record(
            owner: copy.block, index: copy.start, topic: message.topic, partition: message.partition, offset: message.offset,
            timestampMilliseconds: message.timestampMilliseconds, key: copy.key, body: copy.value, webhookId: id, typeName: type, eventTime: time,
            webhookTimestamp: timestamp, unrecognisedReason: reason)
    }

    package func pause(_ partitions: [TopicPartition]) {
        // A partition that is no longer ours needs no pause.
        do throws(KafkaError) { try consumer.pause(partitions) } catch {}
    }

    package func resume(_ partitions: [TopicPartition]) {
        do throws(KafkaError) { try consumer.resume(partitions) } catch {}
    }

    @available(*, noasync, message: "blocks its thread")
    package func commit(_ offsets: [PartitionOffset], waiting: Bool) throws(KafkaError) {
        if waiting { try consumer.commit(offsets) } else { try consumer.commitAsync(offsets) }
    }

    @available(*, noasync, message: "blocks its thread")
    package func close() {
        // The group finds out by the session's time-out at the latest.
        do throws(KafkaError) { try consumer.close() } catch {}
    }
}

/// A record's index is where it stands in its block.
extension MessageBlock: RecordOwner {
    package func forEachHeader(ofRecord index: Int, _ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {
        forEachHeader(at: index) { name, value in body(String(decoding: name, as: UTF8.self), value) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are that name.
    fileprivate func says(_ name: StaticString) -> Bool { count == name.utf8CodeUnitCount && (count == 0 || memcmp(baseAddress!, name.utf8Start, count) == 0) }
}
