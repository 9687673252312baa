import Events
import LibPQ

/// The rows that a batch brings to `worker.inbox`, as columns. Belongs to one thread.
final class InboxRows {
    private let ids = ColumnBuilder(.text), topics = ColumnBuilder(.text), partitions = ColumnBuilder(.int4), offsets = ColumnBuilder(.int8)
    private let eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz), hashes = ColumnBuilder(.bytea), outcomes = ColumnBuilder(.text)

    func reset() { for column in [ids, topics, partitions, offsets, eventTimes, attemptTimes, hashes, outcomes] { column.reset() } }

    /// What becomes of an event, as `inbox.outcome` has it; the database may know better.
    enum Outcome: String {
        case applied, stale, ignored
        case deadLettered = "dead-lettered"

        /// What becomes of the event that was added to a batch last.
        init(of batch: any EventBatch) { self = batch.lastIsIgnored ? .ignored : batch.lastIsStale ? .stale : .applied }
    }

    func append(_ record: Record, _ identity: EventIdentity, hash: UnsafeRawBufferPointer, outcome: Outcome) {
        if let id = identity.webhookId { ids.append(bytes: id) } else { ids.append(EventIdentity.place(of: record)) }
        topics.append(record.topic)
        partitions.append(Int64(record.partition))
        offsets.append(record.offset)
        eventTimes.append(identity.eventTime?.microseconds)
        attemptTimes.append(identity.attemptTime.microseconds)
        hashes.append(bytes: hash)
        outcomes.append(outcome.rawValue)
    }

    /// What `inbox.sql` takes; lent until the next `reset`.
    func parameters(_ worker: String) -> [Parameter] {
        [.text(worker)] + [ids, topics, partitions, offsets, eventTimes, attemptTimes, hashes, outcomes].map { .array($0) }
    }
}
