import Events
import LibCrypto
import LibPQ
import Worker

/// What a batch says of Dodo's own keys, as columns; keys are hashed on their way in. Belongs to one thread.
final class DodoKeyRows {
    private let keys: KeyDerivation
    private let reader = DodoKeyReader()
    private let webhookIds = ColumnBuilder(.text), eventTimes = ColumnBuilder(.timestamptz), attemptTimes = ColumnBuilder(.timestamptz)
    private let ranks = ColumnBuilder(.int2), tieBreaks = ColumnBuilder(.int8), ids = ColumnBuilder(.text), hashes = ColumnBuilder(.bytea)
    private let lastCharacters = ColumnBuilder(.text), statuses = ColumnBuilder(.text), limits = ColumnBuilder(.int8), instances = ColumnBuilder(.int8)
    private let customers = ColumnBuilder(.text), products = ColumnBuilder(.text), payments = ColumnBuilder(.text), subscriptions = ColumnBuilder(.text)
    private let sources = ColumnBuilder(.text), created = ColumnBuilder(.timestamptz), expires = ColumnBuilder(.timestamptz)
    private let grants = ColumnBuilder(.text), grantStatuses = ColumnBuilder(.text)

    init(_ keys: KeyDerivation) { self.keys = keys }

    var count: Int { ids.count }

    /// In the order of the statement's parameters.
    private var columns: [ColumnBuilder] {
        [
            webhookIds, eventTimes, attemptTimes, ranks, tieBreaks, ids, hashes, lastCharacters, statuses, limits, instances, customers, products, payments,
            subscriptions, sources, created, expires, grants, grantStatuses,
        ]
    }

    func reset() { for column in columns { column.reset() } }

    func step() -> PipelineStep? { count == 0 ? nil : LicensingStatement.dodoKeys.step(columns.map { .array($0) }) }

    /// - Returns: false for a grant of something else than a licence key, of which nothing is kept.
    /// - Throws: `RecordFault` that names the field and never its value; nothing of the event is kept then.
    func add(_ event: IncomingEvent, _ type: EventType) throws(RecordFault) -> Bool {
        try reader.read(event, type) { append($0, webhookId: event.webhookId) }
    }

    private func append(_ fact: DodoKeyFact, webhookId: UnsafeRawBufferPointer) {
        webhookIds.append(bytes: webhookId)
        eventTimes.append(fact.version.eventTime.microseconds)
        attemptTimes.append(fact.version.attemptTime.microseconds)
        ranks.append(Int64(fact.version.rank))
        tieBreaks.append(fact.version.tieBreak)
        if let key = fact.key {
            ids.append(bytes: key.id)
            keys.hash(dodoKey: key.text).withBytes { hashes.append(bytes: $0) }
            lastCharacters.append(Self.lastCharacters(key.text))
        } else {
            ids.append("")
            hashes.append(bytes: nil)
            lastCharacters.append(bytes: nil)
        }
        statuses.append(bytes: fact.key?.status)
        limits.append(fact.key?.activationsLimit)
        instances.append(fact.key?.activationsUsed)
        customers.append(bytes: fact.customerId)
        products.append(bytes: fact.productId)
        payments.append(bytes: fact.paymentId)
        subscriptions.append(bytes: fact.subscriptionId)
        sources.append(bytes: fact.source)
        created.append(fact.createdAt?.microseconds)
        expires.append(fact.key?.expiresAt?.microseconds)
        if let grant = fact.grant { grants.append(bytes: grant.id) } else { grants.append("") }
        grantStatuses.append(bytes: fact.grant?.status)
    }

    /// At most four, and never more than a quarter of the key.
    private static func lastCharacters(_ key: UnsafeRawBufferPointer) -> String {
        let text = String(decoding: KeyDerivation.trimmed(key), as: UTF8.self)
        return String(text.suffix(min(4, text.count / 4)))
    }
}
