package import Events
package import LibPQ

/// What a transaction wants told to others, as columns for `worker.outbox`. Belongs to one thread.
///
/// Append only behind the lock of the entity that changed: then the rows of one key have positions in the order of its changes.
package final class OutboxRows {
    private let ids = ColumnBuilder(.text), topics = ColumnBuilder(.text), keys = ColumnBuilder(.text), types = ColumnBuilder(.text)
    private let times = ColumnBuilder(.timestamptz), bodies = ColumnBuilder(.bytea)

    /// The name under which `step` is prepared.
    static let statement = "worker_outbox"

    package init() {}

    package var count: Int { ids.count }

    package func reset() { for column in [ids, topics, keys, types, times, bodies] { column.reset() } }

    /// - Parameters:
    ///   - id: `ce_id`; the same for a change however often it is tried.
    ///   - topic: the full name, mode prefix included.
    ///   - key: the Kafka key, which also picks the shard.
    ///   - type: `ce_type`, such as `nicobar.order.fulfilled`.
    ///   - occurredAt: `ce_time`.
    ///   - body: JSON; copied.
    package func append(id: String, topic: String, key: String, type: String, occurredAt: Timestamp, body: UnsafeRawBufferPointer) {
        ids.append(id)
        topics.append(topic)
        keys.append(key)
        types.append(type)
        times.append(occurredAt.microseconds)
        bodies.append(bytes: body)
    }

    /// Writes the rows in their order; nil when there are none. Lent until the next `reset`.
    ///
    /// - Parameter worker: the handler's name.
    package func step(_ worker: String) -> PipelineStep? {
        count == 0 ? nil : PipelineStep(prepared: Self.statement, [.text(worker)] + [ids, topics, keys, types, times, bodies].map { .array($0) })
    }
}
