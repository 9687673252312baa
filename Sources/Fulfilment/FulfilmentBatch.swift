import Events
import JSONReader
package import LibPQ
package import Worker

/// The events of one transaction, or the subjects whose time has come: stored as facts, held, read back with all that is known of them, and concluded.
/// Used by one thread at a time.
///
/// Everybody locks in one order: the catalogue shared, facts by table and id, payments by id, subscriptions by id; behind that nobody waits.
package final class FulfilmentBatch: EventBatch, SweepBatch {
    private let now: Timestamp?
    private let facts = FactRows()
    private let changes: ChangeRows
    private let reader = JSONReader(Field.plan)
    private let lists = ListReader()
    private var catalogue = Catalogue()
    private var named: [String] = []
    private var isSweeping = false
    private let nobody = ColumnBuilder(.text)

    init(mode: Mode, now: Timestamp?) {
        self.now = now
        changes = ChangeRows(mode: mode)
    }

    package func reset() {
        facts.reset()
        named.removeAll(keepingCapacity: true)
        isSweeping = false
        notices.removeAll(keepingCapacity: true)
    }

    package func add(_ event: IncomingEvent) throws(RecordFault) {
        let type = try Self.type(of: event)
        let found: Result<Void, RecordFault>
        do throws(JSONFault) {
            found = try reader.read(event.body) { fields in Result { () throws(RecordFault) in try take(event, fields, type) } }
        } catch { throw RecordFault(reason: "not-json", detail: "the body is \(error)") }
        try found.get()
    }

    private func take(_ event: IncomingEvent, _ fields: borrowing FieldValues, _ type: EventType) throws(RecordFault) {
        // PostgreSQL stores no NUL in a text.
        guard !fields.containsNUL else { throw RecordFault(reason: "nul-character", detail: "the body holds the character U+0000, which PostgreSQL cannot store") }
        guard let name = fields[Field.type.rawValue].text, EventType(name) == type else {
            throw RecordFault(reason: "type-mismatch", detail: "the type in the body is not the one in the header ce_type")
        }
        guard let text = fields[Field.timestamp.rawValue].text, let eventTime = Timestamp(rfc3339: text) else {
            throw RecordFault(reason: "no-timestamp", detail: "timestamp is missing or not a time as RFC 3339 has it, so nothing says how new the event is")
        }
        guard fields[Field.data.rawValue].kind == .object else { throw RecordFault(reason: "missing-field", detail: "data is not an object") }
        let status = type.payload == .dispute ? fields[Field.disputeStatus.rawValue] : fields[Field.status.rawValue]
        let version = StateVersion(
            eventTime: eventTime, attemptTime: event.attemptTime, rank: status.text.map { StatusRank.of($0, type.payload) } ?? StatusRank.unknown,
            bodyHash: event.bodyHash)
        switch type.payload {
        case .payment: try facts.addPayment(event, fields, version)
        case .subscription: try facts.addSubscription(event, fields, version)
        case .refund: try facts.addRefund(event, fields, version)
        default: try facts.addDispute(event, fields, version)
        }
    }

    private static func type(of event: IncomingEvent) throws(RecordFault) -> EventType {
        guard let name = event.typeName else { throw RecordFault(reason: "missing-header", detail: "the message has no header ce_type") }
        guard let type = EventType(name), FulfilmentHandler.consumes(type) else {
            throw RecordFault(reason: "unrecognised-event", detail: "fulfilment does not take this event type; a newer program may")
        }
        return type
    }

    private var isEmpty: Bool { facts.namedPayments.count == 0 && facts.namedSubscriptions.count == 0 }

    package func steps() -> [PipelineStep] {
        guard !isEmpty else { return [] }
        let payments = facts.namedPayments.columns, subscriptions = facts.namedSubscriptions.columns
        let both: [Parameter] = [.array(payments[0]), .array(subscriptions[0])]
        let catalogueStep = PipelineStep(
            prepared: "fulfilment_catalogue", [.int8(catalogue.version), now.map { .timestamp($0.microseconds) } ?? .null])
        // A sweep holds its subjects already and must not wait for others behind them.
        let waiting = isSweeping ? nobody : subscriptions[0]
        return [PipelineStep(prepared: "fulfilment_begin")] + facts.steps
            + [
                PipelineStep(prepared: "fulfilment_hold_payments", [.array(payments[0]), .array(payments[1]), .array(waiting)]),
                PipelineStep(prepared: "fulfilment_hold_subscriptions", [.array(subscriptions[0]), .array(subscriptions[1]), .array(payments[0])]),
                PipelineStep(prepared: "fulfilment_hold_shared", both),
                PipelineStep(prepared: "fulfilment_reach", both),
                catalogueStep,
            ] + Statement.readings.map { PipelineStep(prepared: "fulfilment_read_\($0)") }
    }

    package var decides: Bool { !isEmpty }

    package private(set) var notices: [Notice] = []

    package func conclusions(from results: ArraySlice<ResultSet>) -> [PipelineStep] {
        let readings = results.suffix(Statement.readings.count)
        let clock = results[readings.startIndex - 1]
        do throws(CatalogueFault) { try takeCatalogue(clock) } catch { return refusal(of: clock.int64(0, 0) ?? 0, error) }
        let holdings = Holdings(readings, lists: lists)
        let steps = changes.steps(from: holdings, named: named, under: catalogue, at: Timestamp(microseconds: clock.int64(0, 2) ?? 0))
        notices = changes.unlisted.map { Notice(FulfilmentHandler.unlistedProducts, $0) }
        return steps
    }

    /// The catalogue in force when it is another than the one in mind.
    private func takeCatalogue(_ rows: ResultSet) throws(CatalogueFault) {
        let version = rows.int64(0, 0) ?? 0
        guard version != catalogue.version else { return }
        // None any more: migrated down and up again.
        catalogue = try rows.bytes(0, 1).map { (document) throws(CatalogueFault) in try CatalogueFile.read(document, version: version) } ?? Catalogue()
    }

    /// Only what was read without a fault is ever stored, but a newer program may have stored what this one cannot read. Granting by guess would be worse than
    /// waiting, and no event is at fault: the transaction fails as the world would make it fail, and is tried again until the catalogue or the program is another.
    private func refusal(of version: Int64, _ fault: CatalogueFault) -> [PipelineStep] {
        let words = "the catalogue in force, version \(version), cannot be read by this fulfilment-worker (\(fault)); nothing is applied until the worker is upgraded "
            + "or another is applied: nicobar catalog apply FILE"
        return [PipelineStep(sql: "select set_config('nicobar.obstacle', $1, true)", [.text(words)]), PipelineStep(prepared: "fulfilment_refuse")]
    }

    // MARK: the sweep

    package func takeDue(limit: Int) -> PipelineStep {
        PipelineStep(prepared: "fulfilment_take_due", [now.map { .timestamp($0.microseconds) } ?? .null, .int8(Int64(limit))])
    }

    package func add(due rows: ResultSet) {
        isSweeping = true
        for row in 0..<rows.rowCount {
            guard let id = rows.text(row, 0), let kind = rows.text(row, 1).flatMap({ SubjectFacts.Kind(rawValue: $0) }) else { continue }
            facts.addDue(id, kind)
            named.append(id)
        }
    }

    package func postponeFirst() -> PipelineStep {
        PipelineStep(prepared: "fulfilment_postpone_due", [now.map { .timestamp($0.microseconds) } ?? .null])
    }
}
